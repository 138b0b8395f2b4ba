import Glibc

/// A time, in whole seconds since 1970-01-01T00:00:00Z.
package struct Timestamp: Comparable, Hashable, Sendable {
    /// Seconds since 1970-01-01T00:00:00Z.
    package var seconds: Int64

    /// Makes a time from seconds since 1970-01-01T00:00:00Z.
    package init(_ seconds: Int64) { self.seconds = seconds }

    /// The current time of the system's clock.
    package static func now() -> Timestamp { Timestamp(Int64(time(nil))) }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.seconds < right.seconds }

    /// A time that many seconds later or, for a negative number, earlier; stops at the ends of the range instead of
    /// trapping.
    package func adding(seconds more: Int64) -> Timestamp {
        let (sum, overflow) = seconds.addingReportingOverflow(more)
        return Timestamp(overflow ? (more > 0 ? .max : .min) : sum)
    }

    /// `2026-11-21T01:02:03Z`.
    package var iso8601: String { String(decoding: format(over: "0000-00-00T00:00:00Z"), as: UTF8.self) }

    /// `2026-11-21T01:02:03.456789+00:00`, the way rsyslog writes it on Debian 12.
    package func iso8601(microseconds: Int) -> [UInt8] {
        var text = format(over: "0000-00-00T00:00:00.000000+00:00")
        Self.put(Int64(microseconds), endingAt: 25, into: &text)
        return text
    }

    /// Reads `2026-11-21` (its first second, UTC) or `2026-11-21T01:02:03Z`; nil for anything else.
    package init?(iso8601 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 10 || bytes.count == 20 else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            bytes[range].allSatisfy { (0x30...0x39).contains($0) }
                ? bytes[range].reduce(0) { $0 * 10 + Int64($1 - 0x30) } : nil
        }
        guard let year = number(0..<4), bytes[4] == 0x2d, let month = number(5..<7), bytes[7] == 0x2d,
            let day = number(8..<10), (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day)
        else { return nil }
        var total = Self.days(year: year, month: month, day: day) * 86_400
        if bytes.count == 20 {
            guard bytes[10] == 0x54, let hour = number(11..<13), bytes[13] == 0x3a, let minute = number(14..<16),
                bytes[16] == 0x3a, let second = number(17..<19), bytes[19] == 0x5a,
                hour < 24, minute < 60, second < 60
            else { return nil }
            total += hour * 3600 + minute * 60 + second
        }
        self.init(total)
    }

    private func format(over template: String) -> [UInt8] {
        // Years 0000 to 9999 only: anything else comes from a wrong clock or a damaged database and must not trap.
        let bounded = min(max(seconds, -62_167_219_200), 253_402_300_799)
        let days = bounded >= 0 ? bounded / 86_400 : (bounded - 86_399) / 86_400
        let second = bounded - days * 86_400
        let (year, month, day) = Self.civil(days: days)
        var text = Array(template.utf8)
        let numbers = [(year, 3), (month, 6), (day, 9), (second / 3600, 12), (second / 60 % 60, 15), (second % 60, 18)]
        for (number, end) in numbers { Self.put(number, endingAt: end, into: &text) }
        return text
    }

    /// Writes the digits of a number over the zeros of a template, the last digit at `end`.
    private static func put(_ number: Int64, endingAt end: Int, into text: inout [UInt8]) {
        var (rest, index) = (number, end)
        while rest > 0, index >= 0 {
            text[index] = UInt8(0x30 + rest % 10)
            rest /= 10
            index -= 1
        }
    }

    /// Days since 1970-01-01 of a date in the proleptic Gregorian calendar, counted in years that begin in March,
    /// so that the leap day is the last of its year.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        let next = month == 12 ? days(year: year + 1, month: 1, day: 1) : days(year: year, month: month + 1, day: 1)
        return next - days(year: year, month: month, day: 1)
    }
}
