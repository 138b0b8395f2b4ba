import ArgumentParser

/// The options of every command.
struct GlobalOptions: ParsableArguments {
    @Option(name: .customLong("config"), help: "The configuration file instead of /etc/postern/postern.conf.")
    var configurationFile: String?

    init() {}
}
