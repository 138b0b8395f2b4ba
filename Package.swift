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
let settings: [SwiftSetting] =
    testSettings + [
        .strictMemorySafety(),
        // Each function in a section of its own, so that the linker leaves out those that nobody calls: fewer pages, and an
        // eighth less page faults in postern-checkpassword-local.
        .unsafeFlags(["-Xfrontend", "-function-sections"], .when(configuration: .release)),
    ]

/// Every symbol is bound at the start, and the table of them read-only from then on.
let bindNow: [LinkerSetting] = [.unsafeFlags(["-Xlinker", "-z", "-Xlinker", "now"])]

/// The machine's name in the directories of Debian's musl-dev.
#if arch(arm64)
    let machine = "aarch64"
#else
    let machine = "x86_64"
#endif
let musl = "/usr/lib/\(machine)-linux-musl"

let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
]
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")

// Dependencies point one way: C modules, Bytes, SQL, SQLite, Credentials, Authentication, Administration, Daemon and
// AdminCommands, programs. Imports and Postgres stand on Credentials, beside Authentication; of these only the programs
// need Postgres. Portal reaches the store through posternd only. WireProtocols stands on Bytes alone: no storage and no
// sockets.
let package = Package(
    name: "postern",
    products: [
        .executable(name: "postern", targets: ["postern"]),
        .executable(name: "postern-checkpassword", targets: ["postern-checkpassword"]),
        .executable(name: "postern-checkpassword-local", targets: ["postern-checkpassword-local"]),
        .executable(name: "postern-portal", targets: ["postern-portal"]),
        .executable(name: "posternd", targets: ["posternd"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2", traits: []),
    ],
    targets: [
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CArgon2", pkgConfig: "libargon2", providers: [.apt(["libargon2-dev"])]),
        .systemLibrary(name: "CQRencode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "CPostern",
            linkerSettings: [
                .linkedLibrary("crypt"),
                // By file: the archives, in this order.
                .linkedLibrary(":libidn2.a"), .linkedLibrary(":libunistring.a"), .linkedLibrary(":libnettle.a"),
            ]),
        .target(name: "CWipingAllocator"),

        .target(name: "Bytes", dependencies: ["CPostern"], swiftSettings: settings),
        .target(name: "SQL", swiftSettings: settings),
        .target(name: "SQLite", dependencies: ["Bytes", "CSQLite", "SQL"], swiftSettings: settings),
        .target(
            name: "Credentials", dependencies: ["Bytes", "SQL", "SQLite", "CArgon2", "CPostern"],
            swiftSettings: settings),
        .target(name: "Postgres", dependencies: ["CPostgres", "Credentials", "SQL"], swiftSettings: settings),
        .target(
            name: "Authentication", dependencies: ["Bytes", "Credentials", "CPostern"],
            swiftSettings: settings),
        .target(name: "WireProtocols", dependencies: ["Bytes"], swiftSettings: settings),
        .target(
            name: "Imports", dependencies: ["Bytes", "Credentials", "SQL", "SQLite", "CZlib"], swiftSettings: settings),
        .target(name: "Messages", resources: [.embedInCode("Languages")], swiftSettings: settings),
        .target(name: "QRCode", dependencies: ["Bytes", "CQRencode"], swiftSettings: settings),
        .target(
            name: "Administration", dependencies: ["Bytes", "Credentials", "Authentication"], swiftSettings: settings),
        .target(
            name: "AdminCommands",
            dependencies: [
                "Administration", "Bytes", "CPostern", "Credentials", "Authentication", "Imports", "Messages", "QRCode",
                arguments, subprocess,
            ],
            swiftSettings: settings),

        .target(
            name: "Daemon",
            dependencies: [
                "Administration", "Authentication", "Bytes", "Credentials", "SQLite", "WireProtocols", "CPostern",
                arguments, lifecycle, logging, signals,
            ] + nio,
            swiftSettings: settings),

        .target(
            name: "Portal",
            dependencies: [
                "Authentication", "Bytes", "CPostern", "Credentials", "Messages", "QRCode", "WireProtocols", arguments,
                lifecycle, logging,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Mustache", package: "swift-mustache"),
            ] + nio,
            resources: [.embedInCode("Templates"), .embedInCode("Files")],
            swiftSettings: settings),

        .executableTarget(
            name: "posternd", dependencies: ["Daemon", "CPostern", "Postgres"],
            swiftSettings: settings, linkerSettings: bindNow),
        .executableTarget(
            name: "postern", dependencies: ["AdminCommands", "CPostern", "Postgres"],
            swiftSettings: settings, linkerSettings: bindNow),
        .executableTarget(
            name: "postern-portal", dependencies: ["CPostern", "CWipingAllocator", "Portal"],
            swiftSettings: settings, linkerSettings: bindNow),
        // Embedded Swift and musl: no runtime and no glibc, whose starts take longer than everything else together. What it
        // shares with others is linked into its folder, because modules of the two modes cannot import each other.
        .target(
            name: "CCheckpassword",
            cSettings: [
                .unsafeFlags([
                    "-nostdlibinc", "-isystem", "/usr/include/\(machine)-linux-musl", "-Os", "-fPIE",
                    "-fstack-protector-strong", "-ffunction-sections", "-fno-asynchronous-unwind-tables",
                ])
            ]),
        .executableTarget(
            name: "postern-checkpassword", dependencies: ["CCheckpassword"],
            swiftSettings: settings + [
                .enableExperimentalFeature("Embedded"),
                .unsafeFlags(["-wmo", "-Osize", "-no-static-stdlib", "-Xfrontend", "-function-sections"]),
            ],
            linkerSettings: [
                .unsafeFlags(
                    ["-use-ld=lld"]
                        + ["-nostdlib", "-static-pie", "-Wno-unused-command-line-argument"].flatMap {
                            ["-Xclang-linker", $0]
                        }
                        + [
                            "--gc-sections", "--no-export-dynamic", "-z", "relro", "-z", "now", "-z", "noexecstack",
                            "\(musl)/rcrt1.o", "\(musl)/libc.a",
                        ].flatMap { ["-Xlinker", $0] })
            ]),
        .executableTarget(
            name: "postern-checkpassword-local",
            dependencies: ["Authentication", "Bytes", "Credentials", "SQLite", "WireProtocols", "CPostern"],
            swiftSettings: settings,
            linkerSettings: [
                // One process a sign-in: the dynamic linker would cost more than everything else together.
                // SECURITY.md tells why it is not position-independent.
                .unsafeFlags(
                    ["-static-executable", "-use-ld=lld", "-Xlinker", "--gc-sections"],
                    .when(configuration: .release))
            ]),

        .target(
            name: "TestSupport",
            dependencies: [
                "Authentication", "Bytes", "CPostern", "Credentials", "Postgres", "SQL", "SQLite", "WireProtocols",
            ],
            path: "Tests/TestSupport",
            swiftSettings: testSettings),
        .testTarget(
            name: "CredentialsTests",
            dependencies: ["Authentication", "Bytes", "Credentials", "SQLite", "TestSupport"],
            swiftSettings: testSettings),
        .testTarget(
            name: "AuthenticationTests", dependencies: ["Authentication", "Bytes", "TestSupport"],
            swiftSettings: testSettings),
        .testTarget(
            name: "AdministrationTests",
            dependencies: ["Administration", "Authentication", "Bytes", "Credentials", "TestSupport"],
            swiftSettings: testSettings),
        .testTarget(
            name: "DaemonTests",
            dependencies: ["Authentication", "Bytes", "Credentials", "Daemon", "TestSupport", logging] + nio,
            swiftSettings: testSettings),
        .testTarget(
            name: "ImportsTests", dependencies: ["Bytes", "Credentials", "Imports", "TestSupport"],
            swiftSettings: testSettings),
        .testTarget(
            name: "PortalTests",
            dependencies: [
                "Authentication", "Messages", "Portal", "TestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"), logging,
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            swiftSettings: testSettings),
        .testTarget(name: "WireProtocolsTests", dependencies: ["Bytes", "WireProtocols"], swiftSettings: testSettings),
        .testTarget(
            name: "ProgramTests", dependencies: ["Authentication", "Bytes", "TestSupport", "WireProtocols"],
            swiftSettings: testSettings),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "AdminCommands", "Authentication", "Bytes", "Credentials", "Daemon", "Postgres", "SQL", "TestSupport",
                "WireProtocols", lifecycle, logging,
            ] + nio,
            swiftSettings: testSettings),
    ]
)

// `make fuzz` and `make check` build it, with sanitizers.
if Context.environment["POSTERN_FUZZ"] != nil {
    package.targets += [
        .target(name: "CFuzzer", path: "Fuzz/CFuzzer"),
        .executableTarget(
            name: "fuzz",
            dependencies: ["CFuzzer", "Authentication", "Bytes", "Credentials", "Imports", "WireProtocols"],
            path: "Fuzz/Targets", swiftSettings: settings, linkerSettings: [.unsafeFlags(["-use-ld=lld"])]),
    ]
}

// `make bench` builds it.
if Context.environment["POSTERN_BENCH"] != nil {
    package.targets.append(
        .executableTarget(
            name: "nio-alone", dependencies: nio, path: "Benchmarks/NIOAlone", swiftSettings: testSettings))
}
