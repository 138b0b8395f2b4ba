import Glibc

/// A moment of the monotonic clock.
struct Deadline {
    private let nanoseconds: Int64

    /// So many milliseconds from now.
    init(in milliseconds: Int64) { nanoseconds = Self.now + milliseconds * 1_000_000 }

    private static var now: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Milliseconds that are left, rounded up; 0 when it has passed.
    private var left: Int32 { Int32(clamping: max(0, (nanoseconds - Self.now + 999_999) / 1_000_000)) }

    /// Waits until one of the descriptors is ready; false once the deadline has passed.
    func wait(_ descriptors: inout [pollfd]) -> Bool {
        while true {
            let left = left
            let ready = unsafe poll(&descriptors, nfds_t(descriptors.count), left)
            if ready > 0 { return true }
            if ready == 0 || errno != EINTR { return false }
        }
    }

    /// Waits until a descriptor is ready for these events of poll(2).
    func wait(_ descriptor: Int32, _ events: Int32) -> Bool {
        var descriptors = [pollfd(fd: descriptor, events: Int16(events), revents: 0)]
        return wait(&descriptors)
    }
}
