import ArgumentParser
import Foundation
import Networks
import Reporting
import Storage
import Torch

/// `emotive networks`: the networks by themselves, without recordings.
struct NetworksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "networks",
    abstract: "Lists the networks, or runs one on images.",
    discussion: """
      EXAMPLES
        emotive networks list
        emotive networks run --network resnet18 --weights resnet18-f37072fd.pth \\
          --input images.safetensors --output logits.safetensors
      """,
    subcommands: [NetworksList.self, NetworksRun.self])
}

/// `emotive networks list`.
struct NetworksList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Lists the networks that can be trained, and which ImageNet weights are on this machine.",
    discussion: """
      EXAMPLES
        emotive networks list
        emotive networks list --json
      """)

  @Flag(help: "Print a JSON array instead of a table.")
  var json = false

  /// One network, as `--json` shows it.
  private struct Row: Encodable {
    var name: String
    var title: String
    var parameters: Int
    var weights: String?
    var address: String?
    var cached: Bool
    var file: String?
  }

  func run() throws {
    let rows = Architecture.allCases.map { network in
      let weights = network.pretrainedWeights
      // Several candidates are an error for whoever wants to use one, but not for a list.
      let file = (try? weights?.find()) ?? nil
      return Row(
        name: network.rawValue, title: network.title, parameters: network.parameterCount, weights: weights?.fileName,
        address: weights?.address, cached: file != nil, file: file?.path)
    }
    if json {
      print(try JSON.text(rows, pretty: true))
    } else {
      var table = TextTable(["network", "ImageNet weights", "on this machine", "parameters"], leading: 3)
      for row in rows {
        table.add([row.name, row.weights ?? "none", row.file ?? (row.weights == nil ? "-" : "no"), "\(row.parameters)"])
      }
      print(table)
    }
  }
}

/// `emotive networks run`.
struct NetworksRun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Computes the logits of images with given weights.",
    discussion: """
      Reads tensor "input" (n, 3, height, width), or "images" as `emotive features` writes it, and writes tensor \
      "logits" (n, classes), in evaluation mode and float32. The images must already be normalised as the weights \
      expect. The number of classes is that of the weights' last layer.

      EXAMPLES
        emotive networks run --network resnet18 --weights resnet18-f37072fd.pth \\
          --input images.safetensors --output logits.safetensors
      """)

  @Option(help: "The network that the weights belong to.")
  var network: Architecture

  @Option(help: .init("A .pth or .safetensors file with torchvision's keys.", valueName: "FILE"))
  var weights: String

  @Option(help: .init("A .safetensors file with tensor \"input\" or \"images\".", valueName: "FILE"))
  var input: String

  @Option(help: .init("The .safetensors file to write.", valueName: "FILE"))
  var output: String

  @Option(help: "How many images are computed at once.")
  var batchSize = 16

  func validate() throws {
    guard batchSize > 0 else { throw ValidationError("--batch-size: expected 1 or more, found \(batchSize).") }
  }

  func run() throws {
    try checkWritable(output, flag: "--output")
    try checkDistinct(output, flag: "--output", from: [weights, input])
    let network = try loaded()
    let tensors = try WeightFile(path: input).tensors
    guard let images = tensors["input"] ?? tensors["images"] else {
      throw ValidationError("--input \(input): the file has no tensor \"input\" and none named \"images\".")
    }
    guard images.shape.count == 4, images.shape[1] == 3, images.shape[0] > 0 else {
      throw ValidationError("--input \(input): expected shape (n, 3, height, width), found \(images.shape).")
    }
    let logits: Tensor
    do {
      logits = try network.logits(of: images.loaded().to(.float32), batchSize: batchSize)
    } catch let error as TorchError where ["too small", "Kernel size"].contains(where: { error.message.contains($0) }) {
      // Pooling and convolutions have left nothing of them.
      throw ValidationError(
        "--input \(input): images of \(images.shape[2]) x \(images.shape[3]) are too small for "
          + "\(network.architecture.title); give larger ones.")
    }
    try WeightFile.write([.init("logits", logits)], to: output)
  }

  private func loaded() throws -> Network {
    do {
      return try Network(network, weights: URL(filePath: weights))
    } catch let error as ParameterMismatch {
      throw Failure("--weights \(weights): \(error)")
    }
  }
}
