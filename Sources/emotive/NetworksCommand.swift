import ArgumentParser
import Foundation
import Networks
import Reporting
import Torch

/// `emotive networks`: the networks by themselves, without recordings.
struct NetworksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "networks",
    abstract: "List the networks, or run one on images.",
    discussion: """
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
    abstract: "List the networks that can be trained, and which ImageNet weights are on this machine.",
    discussion: """
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
      print(String(decoding: try emotive.json(rows), as: UTF8.self))
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
    abstract: "Compute the logits of images with given weights.",
    discussion: """
      Reads tensor "input" (n, 3, height, width) and writes tensor "logits" (n, classes), in evaluation mode and \
      float32. The images must already be normalised as the weights expect. The number of classes is that of the \
      weights' last layer.

        emotive networks run --network resnet18 --weights resnet18-f37072fd.pth \\
          --input images.safetensors --output logits.safetensors
      """)

  @Option(help: "The network that the weights belong to.")
  var network: Architecture

  @Option(help: .init("A .pth or .safetensors file with torchvision's keys.", valueName: "file"))
  var weights: String

  @Option(help: .init("A .safetensors file with tensor \"input\".", valueName: "file"))
  var input: String

  @Option(help: .init("The .safetensors file to write.", valueName: "file"))
  var output: String

  @Option(help: "How many images are computed at once.")
  var batchSize = 16

  func validate() throws {
    guard batchSize > 0 else { throw ValidationError("--batch-size: expected 1 or more, found \(batchSize).") }
  }

  func run() throws {
    let network = try Network(network, weights: URL(filePath: weights))
    guard let images = try WeightFile(path: input).tensors["input"] else {
      throw ValidationError("--input \(input): the file has no tensor \"input\".")
    }
    guard images.shape.count == 4, images.shape[1] == 3, images.shape[0] > 0 else {
      throw ValidationError("--input \(input): expected shape (n, 3, height, width), found \(images.shape).")
    }
    let logits = try network.logits(of: images.loaded().to(.float32), batchSize: batchSize)
    try WeightFile.write([.init("logits", logits)], to: output)
  }
}
