import Credentials
import Glibc

extension Deadline {
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
