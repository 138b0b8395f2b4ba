import Glibc

/// A moment of the monotonic clock.
package struct Deadline: Sendable {
    private let nanoseconds: Int64

    /// So many milliseconds from now.
    package init(in milliseconds: Int64) { nanoseconds = Self.now + milliseconds * 1_000_000 }

    private static var now: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Milliseconds that are left, rounded up; 0 when it has passed.
    package var left: Int32 { Int32(clamping: max(0, (nanoseconds - Self.now + 999_999) / 1_000_000)) }

    /// Whether it has passed.
    package var hasPassed: Bool { nanoseconds <= Self.now }
}
