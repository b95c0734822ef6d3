import Storage
import Torch

/// Everything that decides how a server behaves; most are flags of `emotive serve`.
public struct ServerSettings: Sendable {
  /// The address to listen on; the default cannot be reached from other machines.
  public var host = "127.0.0.1"
  /// The port to listen on; 0 takes a free one.
  public var port = 8080
  /// What clients must send as `Authorization: Bearer TOKEN`; nil lets everyone in.
  public var token: String?
  /// The files in PEM form with the certificate chain and its key; nil serves plain HTTP.
  public var tls: TLSFiles?
  /// The one other web origin whose pages may call the API, or `*`; nil allows none.
  public var corsOrigin: String?

  /// Whether each request is named: when, its method and path, the answer's status, how long it took, its X-Request-ID.
  public var logsRequests = false

  /// The number of recordings that go through the networks at once, at most.
  public var batchSize = 16
  /// How long, in seconds, the first recording of a batch waits for others that are on their way.
  public var batchDelay = 0.005
  /// The number of threads that decode recordings and make images; by default that of the processors, or as many as a
  /// container's quota comes to.
  public var workers = ProcessorCount.available
  /// The number of threads of the networks: batches that run at once, or threads of one that runs alone; by default
  /// libtorch's own choice, within that quota.
  public var networkThreads = min(Runtime.defaultThreads, ProcessorCount.available)
  /// The number of complete requests that may wait or be worked on; one more is refused.
  public var queueCapacity = 64
  /// The number of requests among them that may ask for a timeline.
  public var timelineCapacity = 8

  /// The largest body that is accepted, in bytes.
  public var maximumBody = 25 << 20
  /// The bytes of all bodies that are held at once; a request beyond is refused.
  public var bodyMemory = 512 << 20
  /// The longest recording that is accepted, in seconds.
  public var maximumDuration = 600.0
  /// How many times the body's size a recording's samples, of 4 bytes each, may have.
  public var maximumDecompression = 1_000.0
  /// How long, in seconds, a connection may take to bring its first head, or one that has begun.
  public var headerTimeout = 30.0
  /// How long, in seconds, a connection may wait for its next request; load balancers that keep connections for a
  /// minute must not be the ones that find them closed.
  public var keepAlive = 75.0
  /// How long, in seconds, a request may take to bring its body.
  public var bodyTimeout = 60.0
  /// The number of connections that are open at once; others wait until one closes.
  public var maximumConnections = 4_096
  /// How long, in seconds, the server serves on after SIGTERM, while it says that it is not ready: as long as load
  /// balancers take to see that.
  public var shutdownDelay = 0.0
  /// How long, in seconds, requests may go on when the server then ends; the process ends within a second after that.
  public var drainTime = 8.0

  /// A certificate chain and its key.
  public struct TLSFiles: Sendable {
    /// The path of the chain, the server's own certificate first.
    public let certificate: String
    /// The path of the key.
    public let key: String

    /// The paths of two PEM files.
    public init(certificate: String, key: String) {
      self.certificate = certificate
      self.key = key
    }
  }

  /// The defaults.
  public init() {}
}
