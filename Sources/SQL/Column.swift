/// A parameter with one value for each of many questions, for engines that have arrays.
package enum Column: Sendable {
    case integers([Int64?])
    case texts([String?])
    case blobs([[UInt8]?])
}
