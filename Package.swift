// swift-tools-version: 6.2
import PackageDescription

let testSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
let settings: [SwiftSetting] = testSettings + [.strictMemorySafety()]

let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")

// Dependencies point one way: C modules, Credentials, Authentication, AdminCommands, programs.
// WireProtocols stands alone: it knows bytes, no storage and no sockets.
let package = Package(
    name: "postern",
    products: [
        .executable(name: "postern", targets: ["postern"]),
        .executable(name: "postern-checkpassword", targets: ["postern-checkpassword"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    ],
    targets: [
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CArgon2", pkgConfig: "libargon2", providers: [.apt(["libargon2-dev"])]),
        .target(name: "CSystem", linkerSettings: [.linkedLibrary("crypt")]),

        .target(name: "Bytes", dependencies: ["CSystem"], swiftSettings: settings),
        .target(
            name: "Credentials", dependencies: ["Bytes", "CSQLite", "CArgon2", "CSystem", crypto],
            swiftSettings: settings),
        .target(
            name: "Authentication", dependencies: ["Bytes", "Credentials", "CSystem"],
            swiftSettings: settings),
        .target(name: "WireProtocols", dependencies: ["Bytes"], swiftSettings: settings),
        .target(
            name: "AdminCommands", dependencies: ["Bytes", "Credentials", "Authentication", arguments],
            swiftSettings: settings),

        .executableTarget(
            name: "postern", dependencies: ["AdminCommands", "CSystem"],
            swiftSettings: settings),
        .executableTarget(
            name: "postern-checkpassword",
            dependencies: ["Authentication", "Bytes", "Credentials", "WireProtocols", "CSystem"],
            swiftSettings: settings,
            linkerSettings: [
                // One process a sign-in: the dynamic linker would cost more than everything else together.
                // SECURITY.md tells why it is not position-independent.
                .unsafeFlags(
                    ["-static-executable", "-use-ld=lld", "-Xlinker", "--gc-sections"],
                    .when(configuration: .release))
            ]),

        .target(
            name: "TestSupport", dependencies: ["Authentication", "Bytes", "Credentials"], path: "Tests/TestSupport",
            swiftSettings: testSettings),
        .testTarget(
            name: "CredentialsTests", dependencies: ["Authentication", "Bytes", "Credentials", "TestSupport", crypto],
            swiftSettings: testSettings),
        .testTarget(
            name: "AuthenticationTests", dependencies: ["Authentication", "Bytes", "TestSupport"],
            swiftSettings: testSettings),
        .testTarget(name: "WireProtocolsTests", dependencies: ["Bytes", "WireProtocols"], swiftSettings: testSettings),
        .testTarget(
            name: "ProgramTests", dependencies: ["Authentication", "TestSupport"], swiftSettings: testSettings),
        .testTarget(
            name: "ServerTests", dependencies: ["AdminCommands", "Authentication", "Bytes", "TestSupport"],
            swiftSettings: testSettings),
    ]
)
