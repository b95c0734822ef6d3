import Audio
import Foundation
import Recognition
import Synchronization
import Testing

@testable import Server

@Suite struct EngineTests {
  let fixture: Fixture
  let recognizer: Recognizer

  init() throws {
    fixture = try Fixture.shared.get()
    recognizer = try fixture.recognizer()
  }

  @Test func batchesAnswerAsSingleRequestsDo() async throws {
    let singly = try (1...10).map { try recognizer.predict(data: recording($0), name: "x") }
    let sizes = Mutex<[Int]>([])
    var settings = ServerSettings()
    (settings.batchSize, settings.batchDelay, settings.workers) = (4, 10, 2)
    let engine = RecognitionEngine(settings) { size in sizes.withLock { $0.append(size) } }
    let answers = try await withThrowingTaskGroup(of: (Int, Prediction).self) { group in
      for number in 1...10 {
        group.addTask { (number, try await engine.classify(recording(number), with: recognizer).prediction) }
      }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    for (index, single) in singly.enumerated() {
      let answer = try #require(answers[index + 1])
      #expect(answer.label == single.label)
      #expect(zip(answer.probabilities, single.probabilities).allSatisfy { abs($0 - $1) < 1e-4 })
    }
    let batches = sizes.withLock { $0 }
    #expect(batches.reduce(0, +) == 10 && batches.allSatisfy { $0 <= 4 } && batches.count < 10, "\(batches)")
    #expect(engine.places.taken == 0)
  }

  @Test func severalBatchesRunAtOnce() async throws {
    var settings = ServerSettings()
    (settings.batchSize, settings.workers, settings.networkThreads) = (1, 2, 2)
    let entered = Mutex(0)
    let both = DispatchSemaphore(value: 0)
    // The first batch waits, for ten seconds at most, until the second one is there.
    let met = Mutex(false)
    let engine = RecognitionEngine(settings) { _ in
      let number = entered.withLock { count in
        count += 1
        return count
      }
      if number == 2 { both.signal() } else { met.withLock { $0 = both.wait(timeout: .now() + 10) == .success } }
    }
    async let first = engine.classify(recording(1), with: recognizer)
    async let second = engine.classify(recording(2), with: recognizer)
    let answers = try await [first, second]
    for (number, answer) in zip(1..., answers) {
      let expected = try recognizer.predict(data: recording(number), name: "x").probabilities
      #expect(zip(answer.prediction.probabilities, expected).allSatisfy { abs($0 - $1) < 1e-4 })
    }
    #expect(met.withLock { $0 })
  }

  @Test func aLoneRequestDoesNotWaitForOthers() async throws {
    var settings = ServerSettings()
    settings.batchDelay = 3_600
    let engine = RecognitionEngine(settings)
    _ = try await engine.classify(recording(), with: recognizer)
    // One that fails is not waited for either.
    let bad = Task { try await engine.classify(Data("x".utf8), with: recognizer) }
    _ = try await engine.classify(recording(), with: recognizer)
    await #expect(throws: AudioError.self) { try await bad.value }
  }

  @Test func batchesAreOfOneBundle() async throws {
    let other = try Recognizer(ModelBundle(directory: fixture.other))
    let expected = try [recognizer, other].map { try $0.predict(data: recording(), name: "x").probabilities }
    #expect(expected[0] != expected[1])
    var settings = ServerSettings()
    (settings.batchDelay, settings.workers) = (10, 2)
    let engine = RecognitionEngine(settings)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<8 {
        group.addTask {
          let answer = try await engine.classify(recording(), with: number % 2 == 0 ? recognizer : other)
          #expect(zip(answer.prediction.probabilities, expected[number % 2]).allSatisfy { abs($0 - $1) < 1e-4 })
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func aFullQueueRefuses() async throws {
    var settings = ServerSettings()
    settings.queueCapacity = 2
    let engine = RecognitionEngine(settings)
    try engine.places.take(2)
    #expect { try engine.checkRoom() } throws: { ($0 as? Problem)?.headers[.retryAfter] == "1" }
    await #expect { try await engine.classify(recording(), with: recognizer) } throws: { error in
      let problem = error as? Problem
      return problem?.status == 503 && problem?.type == "urn:problem-type:emotive:busy"
    }
    #expect(engine.places.taken == 2)
    // Whoever keeps a place for long makes others wait for longer.
    for _ in 0..<100 {
      engine.places.giveBack(after: 7.5)
      try engine.places.take()
    }
    #expect { try engine.checkRoom() } throws: { ($0 as? Problem)?.headers[.retryAfter] == "8" }
    // Timelines have a bound of their own, of which their requests are told before their bodies come.
    engine.places.giveBack(2, after: 1)
    try engine.timelinePlaces.take(settings.timelineCapacity)
    #expect(throws: Problem.self) { try engine.checkRoom(timeline: true) }
    try engine.checkRoom()
    engine.timelinePlaces.giveBack(settings.timelineCapacity)
    try engine.checkRoom(timeline: true)
    _ = try await engine.classify(recording(), with: recognizer)
  }

  @Test func cancelledWorkIsNotDone() async throws {
    let workers = Workers(count: 1, name: "test")
    let began = Mutex(false)
    let release = DispatchSemaphore(value: 0)
    let first = Task {
      try await workers.run { cancellation in
        began.withLock { $0 = true }
        release.wait()
        try cancellation.check()
      }
    }
    try await eventually("the job begins") { began.withLock { $0 } }
    let ran = Mutex(false)
    let second = Task { try await workers.run { _ in ran.withLock { $0 = true } } }
    first.cancel()
    second.cancel()
    release.signal()
    await #expect(throws: CancellationError.self) { try await first.value }
    await #expect(throws: CancellationError.self) { try await second.value }
    #expect(!ran.withLock { $0 })
    #expect(try await workers.run { _ in 5 } == 5)
  }

  @Test func aBundleIsSwappedWhole() async throws {
    let folder = fixture.folder.appending(path: UUID().uuidString)
    try await Fixture.writeBundle(to: folder, name: "first", seed: 1)
    let registry = try BundleRegistry([(name: nil, directory: folder)])
    let old = try registry.entry(named: nil)
    try await Fixture.writeBundle(to: folder, name: "second", seed: 2)
    registry.reload { name, failure in #expect(name == "first" && failure == nil) }
    let new = try registry.entry(named: "first")
    #expect(new.manifest.name == "second" && new.recognizer !== old.recognizer)
    #expect(try old.recognizer.predict(data: recording(), name: "x").probabilities.count == 3)
    // One that cannot be loaded changes nothing.
    try FileManager.default.removeItem(at: folder.appending(path: "member-2.safetensors"))
    registry.reload { _, failure in #expect("\(failure ?? CancellationError())".contains("member-2.safetensors")) }
    #expect(try registry.entry(named: "first").recognizer === new.recognizer)
  }
}
