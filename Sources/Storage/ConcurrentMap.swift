import Dispatch

/// The transform of every element, in order, worked out on all cores.
package func concurrentMap<Input: Sendable, Output: Sendable>(
  _ inputs: [Input], _ transform: @Sendable (Input) -> Output
) -> [Output] {
  [Output](unsafeUninitializedCapacity: inputs.count) { buffer, count in
    // Each slot is written once, by one iteration.
    nonisolated(unsafe) let slots = buffer
    DispatchQueue.concurrentPerform(iterations: inputs.count) { index in
      slots.initializeElement(at: index, to: transform(inputs[index]))
    }
    count = inputs.count
  }
}
