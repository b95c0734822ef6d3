import CSndfile
import Foundation

/// libmpg123's function of this name, which libsndfile calls for every MP3: the program's own comes first.
///
/// A decoder made by the library's writes a line to standard error for every oddity in a recording. That tells whoever reads
/// a server's log what clients send, without bound; and where nobody reads it, every thread that decodes waits for ever.
/// libsndfile has no way to ask it for silence.
///
/// It takes effect in the whole process of every program that links this module, also for decoders that others make there;
/// `Recognition.docc` says so.
@_cdecl("mpg123_new")
public func quietMPEGDecoder(
  _ decoder: UnsafePointer<CChar>?, _ error: UnsafeMutablePointer<Int32>?
) -> OpaquePointer? {
  typealias Make = @convention(c) (UnsafePointer<CChar>?, UnsafeMutablePointer<Int32>?) -> OpaquePointer?
  typealias Set = @convention(c) (OpaquePointer, Int32, Int, Double) -> Int32
  let next = UnsafeMutableRawPointer(bitPattern: -1)  // RTLD_NEXT
  guard let make = dlsym(next, "mpg123_new") else { return nil }
  let handle = unsafeBitCast(make, to: Make.self)(decoder, error)
  if let handle, let set = dlsym(next, "mpg123_param") {
    let (addFlags, quiet): (Int32, Int) = (2, 0x20)  // MPG123_ADD_FLAGS, MPG123_QUIET
    _ = unsafeBitCast(set, to: Set.self)(handle, addFlags, quiet, 0)
  }
  return handle
}
