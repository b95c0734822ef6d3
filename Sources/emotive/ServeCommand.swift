import ArgumentParser
import Foundation
import Recognition
import Server

private let defaults = ServerSettings()

/// `emotive serve`
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Serves a web page and an HTTP API that tell the emotion in recordings.",
    discussion: """
      The page is at /, the API's description at /openapi.json. The body of a request is the recording itself; \
      recordings stay in memory and are neither written to disk nor logged. Without --host, only this machine can reach \
      the server; before you open it to others, give it a token and a certificate.

      SIGTERM ends the server once running requests are answered, within 10 seconds (--drain). With --shutdown-delay, \
      /readyz says 503 for some time before that, while all else is still served. SIGHUP reloads the bundles and the \
      certificate without failing a request, but not the token; replace a bundle's folder as a whole (mv), not file by \
      file.

      EXAMPLES
        emotive serve
        curl --data-binary @speech.wav 'http://127.0.0.1:8080/v1/classify?top=3'
        emotive serve --bundle runs/1/all/bundle --bundle old=Bundles/emotive \\
          --port 9000
        emotive serve --host 0.0.0.0 --token-file token \\
          --tls-cert chain.pem --tls-key key.pem
      """)

  @Option(
    help: ArgumentHelp(
      "A model bundle to serve instead of the one that ships, with a name for ?bundle= if not its own; may be repeated; "
        + "the first is the default.", valueName: "[NAME=]DIR"))
  var bundle: [String] = []
  @Option(help: "The address to listen on.") var host = defaults.host
  @Option(help: "The port to listen on; 0 takes a free one.") var port = defaults.port
  @Option(help: ArgumentHelp("A file with the token that clients must send as a bearer token.", valueName: "FILE"))
  var tokenFile: String?
  @Option(help: ArgumentHelp("The certificate chain in PEM form; makes it HTTPS.", valueName: "FILE"))
  var tlsCert: String?
  @Option(help: ArgumentHelp("The certificate's key in PEM form.", valueName: "FILE")) var tlsKey: String?
  @Option(help: ArgumentHelp("A web origin whose pages may call the API, or *.", valueName: "ORIGIN"))
  var corsOrigin: String?
  @Flag(help: "Log each request to standard error: when, method, path, status, time, ID; nothing of what it held.")
  var logRequests = false

  @Option(help: ArgumentHelp("The most recordings that go through the networks at once.", valueName: "N"))
  var batchSize = defaults.batchSize
  @Option(help: ArgumentHelp("Milliseconds that a batch waits for more recordings.", valueName: "MS"))
  var batchDelay = 1_000 * defaults.batchDelay
  @Option(help: ArgumentHelp("Requests that may wait or be in progress; one more is refused with 503.", valueName: "N"))
  var queue = defaults.queueCapacity
  @Option(help: ArgumentHelp("How many of those may ask for a timeline.", valueName: "N"))
  var timelines = defaults.timelineCapacity
  @Option(
    help: ArgumentHelp(
      "Parallel feature workers; by default the number of cores, or a container's quota of them.",
      valueName: "N")) var jobs = defaults.workers
  @Option(
    help: ArgumentHelp(
      "Threads for the networks: as many batches at once, or all of them for a single batch; default as for --jobs.",
      valueName: "N")) var networkThreads = defaults.networkThreads

  @Option(help: ArgumentHelp("Largest body in MB (2^20 bytes).", valueName: "MB"))
  var maximumBody = defaults.maximumBody >> 20
  @Option(help: ArgumentHelp("Longest recording in seconds.", valueName: "SECONDS"))
  var maximumDuration = defaults.maximumDuration
  @Option(help: ArgumentHelp("How many times larger than its body a decoded recording may be.", valueName: "RATIO"))
  var maximumDecompression = defaults.maximumDecompression
  @Option(help: ArgumentHelp("MB that the bodies of all requests may take together.", valueName: "MB"))
  var bodyMemory = defaults.bodyMemory >> 20
  @Option(help: ArgumentHelp("Seconds that a connection may take to send a request's head.", valueName: "SECONDS"))
  var headerTimeout = defaults.headerTimeout
  @Option(
    help: ArgumentHelp(
      "Seconds that a connection may stay idle between requests; must exceed a load balancer's own idle time.",
      valueName: "SECONDS")) var keepAlive = defaults.keepAlive
  @Option(help: ArgumentHelp("Seconds that a body may take to arrive.", valueName: "SECONDS"))
  var bodyTimeout = defaults.bodyTimeout
  @OptionGroup var computing: ComputingOptions
  @Option(help: ArgumentHelp("Connections open at once; more wait.", valueName: "N"))
  var maximumConnections = defaults.maximumConnections
  @Option(
    help: ArgumentHelp(
      "Seconds to go on serving after SIGTERM, with /readyz at 503, so that load balancers notice; a second SIGTERM ends them.",
      valueName: "SECONDS")) var shutdownDelay = defaults.shutdownDelay
  @Option(
    help: ArgumentHelp(
      "Seconds that running requests may take after SIGTERM; then they are cut off, and the server ends within a second.",
      valueName: "SECONDS")) var drain = defaults.drainTime

  func validate() throws {
    func require(_ holds: Bool, _ flag: String, _ expected: String, _ found: some CustomStringConvertible) throws {
      if !holds { throw ValidationError("--\(flag) must be \(expected), but is \(found)") }
    }
    try require((0...65_535).contains(port), "port", "0 to 65535", port)
    try require((1...1_024).contains(batchSize), "batch-size", "1 to 1024", batchSize)
    try require((0...10_000).contains(batchDelay), "batch-delay", "0 to 10000 ms", batchDelay)
    try require((1...1_000_000).contains(queue), "queue", "1 to 1000000", queue)
    try require((1...1_000_000).contains(timelines), "timelines", "1 to 1000000", timelines)
    try require((1...1_024).contains(jobs), "jobs", "1 to 1024", jobs)
    try require((1...1_024).contains(networkThreads), "network-threads", "1 to 1024", networkThreads)
    try require((1...4_096).contains(maximumBody), "maximum-body", "1 to 4096 MB", maximumBody)
    try require((1...86_400).contains(maximumDuration), "maximum-duration", "1 to 86400 s", maximumDuration)
    try require((1...1e9).contains(maximumDecompression), "maximum-decompression", "1 to 1e9", maximumDecompression)
    try require((maximumBody...1 << 20).contains(bodyMemory), "body-memory", "--maximum-body to 1048576 MB", bodyMemory)
    try require((0.1...86_400).contains(headerTimeout), "header-timeout", "0.1 to 86400 s", headerTimeout)
    try require((0.1...86_400).contains(keepAlive), "keep-alive", "0.1 to 86400 s", keepAlive)
    try require((0.1...86_400).contains(bodyTimeout), "body-timeout", "0.1 to 86400 s", bodyTimeout)
    try require((1...1_000_000).contains(maximumConnections), "maximum-connections", "1 to 1000000", maximumConnections)
    try require((0...86_400).contains(shutdownDelay), "shutdown-delay", "0 to 86400 s", shutdownDelay)
    try require((0...86_400).contains(drain), "drain", "0 to 86400 s", drain)
    if (tlsCert == nil) != (tlsKey == nil) {
      throw ValidationError("--tls-cert and --tls-key belong together; give both or neither")
    }
    if let origin = corsOrigin, origin != "*" {
      let url = URL(string: origin)
      let isOrigin = ["http", "https"].contains(url?.scheme ?? "") && url?.host != nil && url?.path == ""
      try require(isOrigin, "cors-origin", "* or an origin such as https://example.org, without a path", origin)
    }
  }

  func run() async throws {
    // Until the server is up, and takes the signal itself, there is nothing to load anew.
    signal(SIGHUP, SIG_IGN)
    let bundles = try BundleRegistry(
      bundle.isEmpty ? [(nil, ModelBundle.shipped())] : bundle.map(Self.folder), device: computing.device,
      precision: computing.precision)
    let settings = try settings()
    let isLocal = ["127.0.0.1", "::1", "localhost"].contains(host)
    if !isLocal, settings.token == nil {
      note("Anyone who can reach \(host) can use this server: it has no --token-file.")
    }
    if !isLocal, settings.tls == nil {
      note(
        "Unless a proxy adds HTTPS, what is sent to \(host) can be read on the way, and browsers on other machines keep the "
          + "microphone from the page: there is no --tls-cert.")
    }
    try await RecognitionServer(bundles, settings: settings, note: note).run()
  }

  private func settings() throws -> ServerSettings {
    var settings = ServerSettings()
    (settings.host, settings.port, settings.corsOrigin) = (host, port, corsOrigin)
    settings.logsRequests = logRequests
    settings.token = try tokenFile.map(Self.token)
    if let tlsCert, let tlsKey { settings.tls = .init(certificate: tlsCert, key: tlsKey) }
    (settings.batchSize, settings.batchDelay) = (batchSize, batchDelay / 1_000)
    (settings.queueCapacity, settings.workers, settings.networkThreads) = (queue, jobs, networkThreads)
    (settings.maximumBody, settings.bodyMemory) = (maximumBody << 20, bodyMemory << 20)
    (settings.maximumDuration, settings.maximumDecompression) = (maximumDuration, maximumDecompression)
    (settings.headerTimeout, settings.keepAlive, settings.bodyTimeout) = (headerTimeout, keepAlive, bodyTimeout)
    (settings.maximumConnections, settings.timelineCapacity) = (maximumConnections, timelines)
    (settings.shutdownDelay, settings.drainTime) = (shutdownDelay, drain)
    return settings
  }

  /// `NAME=DIR` or `DIR`; a folder that has the whole argument's name is meant by it.
  private static func folder(_ argument: String) -> (name: String?, directory: URL) {
    let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2, !parts[0].contains("/"), !FileManager.default.fileExists(atPath: argument) else {
      return (nil, URL(filePath: argument))
    }
    return (parts[0], URL(filePath: parts[1]))
  }

  private static func token(_ path: String) throws -> String {
    // A file, or a pipe that a shell or a container hands over.
    guard let data = try? FileHandle(forReadingFrom: URL(filePath: path)).readToEnd() ?? Data(),
      let text = String(data: data, encoding: .utf8)
    else {
      throw ValidationError("--token-file: \(path) cannot be read; give a file that holds the token")
    }
    let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard token.count >= 8, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw ValidationError(
        "--token-file: \(path) must hold one token of at least 8 ASCII characters without spaces; "
          + "`openssl rand -hex 32` makes one")
    }
    return token
  }
}
