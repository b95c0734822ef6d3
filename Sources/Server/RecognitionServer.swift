import Evaluation
import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import UnixSignals

/// An HTTP server that tells the emotion in recordings.
///
///     let bundles = try BundleRegistry([(name: nil, directory: ModelBundle.shipped())])
///     try await RecognitionServer(bundles, settings: .init()).run()
public struct RecognitionServer: Sendable {
  private let settings: ServerSettings
  let routes: Routes
  private let log: LogWriter
  private let logger: Logger

  /// A server that does not listen yet.
  ///
  /// - parameter note: takes what the person who runs the server should read, a line at a time; it may block, and is
  ///   called on one thread.
  public init(
    _ bundles: BundleRegistry, settings: ServerSettings, note: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.settings = settings
    let log = LogWriter(write: note)
    self.log = log
    let metrics = ServerMetrics()
    routes = Routes(
      settings: settings, bundles: bundles, engine: RecognitionEngine(settings) { metrics.count(batch: $0) },
      reader: RecordingReader(
        maximumBody: settings.maximumBody,
        memory: Places(settings.bodyMemory, refusal: "the bodies of other requests fill the memory set aside for them")),
      metrics: metrics, lifecycle: Lifecycle())
    var logger = Logger(label: "emotive") {
      StreamLogHandler(label: $0, stream: LibraryLog(log: log), metadataProvider: nil)
    }
    logger.logLevel = .error
    self.logger = logger
  }

  /// The application, for tests that run it in process.
  ///
  /// - throws: `ServerError` for TLS files that cannot be used.
  func application() throws -> some ApplicationProtocol {
    try application(certificate(), connections: settings.maximumConnections)
  }

  private func certificate() throws -> ServerCertificate? { try settings.tls.map(ServerCertificate.init) }

  private func application(
    _ certificate: ServerCertificate?, connections: Int
  ) throws -> some ApplicationProtocol {
    let router = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
    let table = routes.all
    router.add(
      middleware: AnswerMiddleware(routes: table, exposesHeaders: settings.corsOrigin != nil, log: requestLog))
    if let origin = settings.corsOrigin {
      router.add(
        middleware: CORSMiddleware(
          allowOrigin: origin == "*" ? .all : .custom(origin),
          allowHeaders: [.authorization, .contentType] + [RequestID.name].compactMap(\.self),
          allowMethods: [.get, .post], maxAge: .minutes(10)))
    }
    router.add(middleware: ProblemMiddleware(routes: table))
    let protected = router.group()
    if let token = settings.token { protected.add(middleware: TokenMiddleware(token)) }
    for route in table {
      let path = RouterPath(route.path)
      if route.isProtected {
        protected.on(path, method: route.method, use: route.answer)
      } else {
        router.on(path, method: route.method, use: route.answer)
      }
    }
    return Application(
      router: router, server: try httpServer(certificate),
      configuration: .init(
        address: .hostname(settings.host, port: settings.port), backlog: 1_024,
        availableConnectionsDelegate: MaximumAvailableConnections(connections, logger: logger)),
      onServerRunning: announce, logger: logger)
  }

  /// Serves until SIGTERM or SIGINT; SIGHUP loads the bundles anew, and the certificate.
  ///
  /// SIGTERM makes it say that it is not ready. It serves on for the settings' shutdown delay, which another signal ends
  /// and SIGINT does without; then no new connection is taken, and requests that have begun may finish within the
  /// settings' drain time. The process then ends in any case.
  ///
  /// - throws: `ServerError` where the address or the TLS files cannot be used.
  public func run() async throws {
    // A server that cannot open another file stops taking connections for ever: it must not come to that.
    let connections = min(settings.maximumConnections, max(16, Self.raiseFileLimit() - 64))
    let certificate = try certificate()
    defer { log.flush(within: 1) }
    let group = ServiceGroup(
      configuration: .init(
        services: [try application(certificate, connections: connections), reloader(certificate), drainer],
        logger: logger))
    // Trapped before the server can be seen to run.
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    let watch = Task { await end(group, at: signals) }
    defer { watch.cancel() }
    do {
      try await group.run()
    } catch let error as IOError {
      throw notListening(String(cString: strerror(error.errnoCode)))
    } catch let error as SocketAddressError.UnknownHost {
      throw notListening("there is no host \(error.host)")
    } catch is SocketAddressError {
      throw notListening("there is no such address")
    }
  }

  /// Shuts the group down at a signal, after SIGTERM with the delay that lets others see that the server is not ready.
  private func end(_ group: ServiceGroup, at signals: UnixSignalsSequence) async {
    let lifecycle = routes.lifecycle
    for await signal in signals {
      if signal == .sigterm, settings.shutdownDelay > 0, !lifecycle.isDraining {
        lifecycle.drain()
        Task { [delay = settings.shutdownDelay] in
          try? await Task.sleep(for: .seconds(delay))
          await group.triggerGracefulShutdown()
        }
      } else {
        await group.triggerGracefulShutdown()
      }
    }
  }

  private func notListening(_ reason: String) -> ServerError {
    ServerError(
      "cannot listen on \(settings.host) port \(settings.port) (\(reason)); give another address with --host and --port"
    )
  }

  /// Lets the process open as many files as the system allows; returns their number.
  private static func raiseFileLimit() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1_024 }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return Int(clamping: limit.rlim_cur)
  }

  private var requestLog: RequestLog {
    RequestLog(metrics: routes.metrics, lines: settings.logsRequests ? log : nil)
  }

  private func httpServer(_ certificate: ServerCertificate?) throws -> HTTPServerBuilder {
    let http = HTTPServerBuilder.http1(
      configuration: .init(
        additionalChannelHandlers: [ConnectionGuard(settings, routes.lifecycle, requestLog)],
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: headLimits.field, maxHeaderListSize: headLimits.all)))
    guard let certificate else { return http }
    return try .tls(http, tlsConfiguration: certificate.configuration)
  }

  @Sendable private func announce(_ channel: any Channel) async {
    let port = channel.localAddress?.port ?? settings.port
    let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
    log.add("Serving on \(settings.tls == nil ? "http" : "https")://\(host):\(port) with \(names); Ctrl-C ends it.")
  }

  private var names: String { routes.bundles.all.map(\.name).joined(separator: ", ") }

  /// Loads the bundles and the certificate anew at each SIGHUP, on a thread of its own.
  private func reloader(_ certificate: ServerCertificate?) -> SignalService {
    SignalService { [routes, log] in
      for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
        let workers = Workers(count: 1, name: "reload")
        try await workers.run { _ in
          routes.bundles.reload { name, failure in
            routes.metrics.count(bundleReload: failure == nil)
            log.add(failure.map { "\(name) stays as it was: \($0)" } ?? "\(name) was reloaded.")
          }
          guard let certificate else { return }
          do {
            try certificate.reload()
            routes.metrics.count(certificateReload: true)
            log.add("The certificate was reloaded.")
          } catch {
            routes.metrics.count(certificateReload: false)
            log.add("The certificate stays as it was: \(error)")
          }
        }
      }
    }
  }

  /// Ends the process when requests take too long after SIGTERM.
  private var drainer: SignalService {
    SignalService { [lifecycle = routes.lifecycle, log, settings] in
      try await gracefulShutdown()
      lifecycle.drain()
      let thread = Thread {
        Thread.sleep(forTimeInterval: settings.drainTime)
        log.add("Some requests were not finished within \(plain(settings.drainTime)) s and are cut off.")
        lifecycle.cancelAll()
        // They are told so, if they listen.
        for _ in 0..<40 where lifecycle.running > 0 { Thread.sleep(forTimeInterval: 0.02) }
        Thread.sleep(forTimeInterval: 0.1)
        log.flush(within: 0.1)
        // Not exit: it would take libtorch apart under threads that still compute. Nor fflush before it: that would wait
        // for whoever holds a stream.
        _exit(0)
      }
      thread.start()
    }
  }
}

/// Something that goes on beside the application.
private struct SignalService: Service, CustomStringConvertible {
  let body: @Sendable () async throws -> Void

  var description: String { "signals" }

  func run() async throws { try await body() }
}
