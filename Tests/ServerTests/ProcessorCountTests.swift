import Foundation
import Storage
import Testing

@testable import Server

@Suite struct ProcessorCountTests {
  @Test func aQuotaLimitsIt() {
    for (quota, count) in [
      (nil, 8), ("max 100000\n", 8), ("200000 100000\n", 2), ("150000 100000\n", 2), ("10000 100000\n", 1),
      ("1600000 100000\n", 8), ("nan 100000", 8), ("100000", 8), ("no numbers\n", 8), ("0 100000", 8), ("", 8),
    ] as [(String?, Int)] {
      #expect(ProcessorCount.limited(8, by: quota) == count, "\(quota ?? "none")")
    }
  }

  @Test func theDefaultsKeepToIt() {
    #expect((1...ProcessInfo.processInfo.activeProcessorCount).contains(ProcessorCount.available))
    let settings = ServerSettings()
    #expect(settings.workers == ProcessorCount.available && (1...settings.workers).contains(settings.networkThreads))
  }
}
