import Foundation
import Storage
import Synchronization

/// What the server counts, as text for Prometheus (exposition format 0.0.4).
final class ServerMetrics: Sendable {
  private struct Request: Hashable {
    let path: String
    let status: Int
  }

  private struct State {
    var requests: [Request: Int] = [:]
    var durations: [String: Histogram] = [:]
    var batches = Histogram(bounds: [1, 2, 4, 8, 16, 32, 64])
    var bundleReloads = Reloads()
    var certificateReloads = Reloads()
    var connections = 0
  }

  /// How often something was loaded anew, and how often it could not be.
  private struct Reloads {
    var success = 0
    var failure = 0

    mutating func add(_ succeeded: Bool) {
      if succeeded { success += 1 } else { failure += 1 }
    }
  }

  private let state = Mutex(State())
  private let start = Date()

  /// Counts an answer.
  ///
  /// - Parameters:
  ///   - path: a path of the API; anything else would give clients a way to make series.
  ///   - seconds: from the request's head to the answer; nil where no head was understood.
  func count(path: String, status: Int, seconds: Double?) {
    state.withLock { state in
      state.requests[Request(path: path, status: status), default: 0] += 1
      guard let seconds else { return }
      let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
      state.durations[path, default: Histogram(bounds: bounds)].add(seconds)
    }
  }

  func count(batch size: Int) { state.withLock { $0.batches.add(Double(size)) } }

  func count(bundleReload succeeded: Bool) { state.withLock { $0.bundleReloads.add(succeeded) } }

  func count(certificateReload succeeded: Bool) { state.withLock { $0.certificateReloads.add(succeeded) } }

  func connectionOpened() { state.withLock { $0.connections += 1 } }

  func connectionClosed() { state.withLock { $0.connections -= 1 } }

  /// The text, with the gauges that the caller has read.
  func text(queue: Places, timelines: Places, bodies: Places) -> String {
    let state = state.withLock { $0 }
    var text = MetricsText()
    text.add("emotive_requests_total", .counter, "Answered requests; status 499 where the client went away.") {
      state.requests.sorted { ($0.key.path, $0.key.status) < ($1.key.path, $1.key.status) }
        .map { ("{path=\"\($0.key.path)\",status=\"\($0.key.status)\"}", Double($0.value)) }
    }
    text.add("emotive_request_duration_seconds", "Time from a request's head to its answer.") {
      state.durations.sorted { $0.key < $1.key }.map { ("path=\"\($0.key)\"", $0.value) }
    }
    text.add("emotive_batch_size", "Recordings that went through the networks at once.") { [("", state.batches)] }
    text.add("emotive_queue_length", .gauge, "Requests that wait or are being worked on.") {
      [("", Double(queue.taken))]
    }
    text.add("emotive_queue_capacity", .gauge, "The queue length at which requests are refused.") {
      [("", Double(queue.capacity))]
    }
    text.add("emotive_timelines", .gauge, "Requests for a timeline among them.") { [("", Double(timelines.taken))] }
    text.add("emotive_timelines_capacity", .gauge, "The number of them at which such requests are refused.") {
      [("", Double(timelines.capacity))]
    }
    text.add("emotive_body_bytes", .gauge, "Bytes of request bodies that are held.") { [("", Double(bodies.taken))] }
    text.add("emotive_connections", .gauge, "Open connections.") { [("", Double(state.connections))] }
    for (name, help, reloads) in [
      ("emotive_bundle_reloads_total", "Bundles reloaded by SIGHUP.", state.bundleReloads),
      ("emotive_certificate_reloads_total", "Certificates reloaded by SIGHUP.", state.certificateReloads),
    ] {
      text.add(name, .counter, help) {
        [("{result=\"failure\"}", Double(reloads.failure)), ("{result=\"success\"}", Double(reloads.success))]
      }
    }
    text.add("emotive_build_info", .gauge, "The version that runs.") { [("{version=\"\(Program.version)\"}", 1)] }
    if let bytes = residentMemory() {
      text.add("process_resident_memory_bytes", .gauge, "Resident memory.") { [("", bytes)] }
    }
    text.add("process_start_time_seconds", .gauge, "When the process started, in seconds since 1970.") {
      [("", start.timeIntervalSince1970)]
    }
    return text.description
  }
}

/// Counts of values up to bounds.
private struct Histogram {
  let bounds: [Double]
  var counts: [Int]
  var sum = 0.0
  var count = 0

  init(bounds: [Double]) {
    self.bounds = bounds
    counts = bounds.map { _ in 0 }
  }

  mutating func add(_ value: Double) {
    for index in bounds.indices where value <= bounds[index] { counts[index] += 1 }
    sum += value
    count += 1
  }
}

private struct MetricsText: CustomStringConvertible {
  enum Kind: String { case counter, gauge, histogram }

  private(set) var description = ""

  mutating func add(_ name: String, _ kind: Kind, _ help: String, _ values: () -> [(labels: String, value: Double)]) {
    description += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    for (labels, value) in values() { description += "\(name)\(labels) \(format(value))\n" }
  }

  mutating func add(_ name: String, _ help: String, _ histograms: () -> [(label: String, histogram: Histogram)]) {
    add(name, .histogram, help) { [] }
    for (label, histogram) in histograms() {
      let prefix = label.isEmpty ? "" : "\(label),"
      for (bound, count) in zip(histogram.bounds, histogram.counts) {
        description += "\(name)_bucket{\(prefix)le=\"\(format(bound))\"} \(count)\n"
      }
      description += "\(name)_bucket{\(prefix)le=\"+Inf\"} \(histogram.count)\n"
      let braces = label.isEmpty ? "" : "{\(label)}"
      description += "\(name)_sum\(braces) \(format(histogram.sum))\n\(name)_count\(braces) \(histogram.count)\n"
    }
  }

  private func format(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
  }
}

/// The process's resident memory in bytes; nil where the system does not tell.
private func residentMemory() -> Double? {
  guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
  let fields = text.split(separator: " ")
  return fields.count > 1 ? Double(fields[1]).map { $0 * Double(sysconf(Int32(_SC_PAGESIZE))) } : nil
}
