import ArgumentParser

/// An entry of a list: an object in JSON, a row of cells in a table or in CSV.
protocol ListEntry: Encodable {
    /// A heading for each cell. CSV writes them in lower case, with `_` for spaces.
    static var headings: [String] { get }
    var cells: [String] { get }
}

/// How a command that lists things prints them.
struct ListOptions: ParsableArguments {
    enum Format: String, CaseIterable, ExpressibleByArgument { case table, json, jsonl, csv }

    @Option(help: "table, json, jsonl (one JSON object a line), or csv.") var format: Format?
    @Flag(help: "Short for --format json.") var json = false

    func validate() throws {
        if json, let format, format != .json {
            throw ValidationError("--json and --format \(format.rawValue) cannot be given together.")
        }
    }

    var chosen: Format { json ? .json : format ?? .table }

    func print<Entry: ListEntry>(_ entries: [Entry]) throws {
        var printer = ListPrinter<Entry>(self)
        entries.forEach { printer.add($0) }
        try printer.finish()
    }
}

/// Prints entries one at a time. JSON and tables are printed after the last entry.
struct ListPrinter<Entry: ListEntry> {
    private let format: ListOptions.Format
    private var waiting: [Entry] = []

    init(_ options: ListOptions) {
        format = options.chosen
        if format == .csv {
            Output.csv(Entry.headings.map { $0.lowercased().split(separator: " ").joined(separator: "_") })
        }
    }

    mutating func add(_ entry: Entry) {
        switch format {
        case .table, .json: waiting.append(entry)
        case .jsonl: Output.jsonLine(entry)
        case .csv: Output.csv(entry.cells)
        }
    }

    func finish() throws {
        switch format {
        case .table: Output.table(waiting)
        case .json: try Output.json(waiting)
        case .jsonl, .csv: break
        }
    }
}

extension Output {
    static func table<Entry: ListEntry>(_ entries: [Entry]) { table(Entry.headings, entries.map(\.cells)) }
}
