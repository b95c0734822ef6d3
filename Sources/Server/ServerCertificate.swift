import NIOSSL
import Synchronization

/// The certificate chain and key that a server shows; read anew while it runs, as certificates expire.
final class ServerCertificate: Sendable {
  private let files: ServerSettings.TLSFiles
  private let current: Mutex<TLSConfiguration>

  /// - throws: `ServerError` for files that cannot be used.
  init(_ files: ServerSettings.TLSFiles) throws {
    self.files = files
    current = Mutex(try Self.read(files))
  }

  /// What connections are made with; those that come after `reload()` are shown the new certificate.
  var configuration: TLSConfiguration {
    var configuration = current.withLock { $0 }
    configuration.sslContextCallback = { [self] _, promise in
      let current = current.withLock { $0 }
      var shown = NIOSSLContextConfigurationOverride()
      (shown.certificateChain, shown.privateKey) = (current.certificateChain, current.privateKey)
      promise.succeed(shown)
    }
    return configuration
  }

  /// Reads the files anew; what cannot be used leaves the old certificate where it is.
  ///
  /// - throws: `ServerError` for files that cannot be used.
  func reload() throws {
    let new = try Self.read(files)
    current.withLock { $0 = new }
  }

  private static func read(_ files: ServerSettings.TLSFiles) throws -> TLSConfiguration {
    do {
      let chain = try NIOSSLCertificate.fromPEMFile(files.certificate).map { NIOSSLCertificateSource.certificate($0) }
      let key = try NIOSSLPrivateKey(file: files.key, format: .pem)
      var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: chain, privateKey: .privateKey(key))
      configuration.minimumTLSVersion = .tlsv12
      // A key that belongs to another certificate is found here, and not by the first client.
      _ = try NIOSSLContext(configuration: configuration)
      return configuration
    } catch {
      throw ServerError(
        "the files given with --tls-cert and --tls-key cannot be used (\(error)): expected a certificate chain in "
          + "\(files.certificate) and the key that belongs to it in \(files.key), both in PEM form")
    }
  }
}
