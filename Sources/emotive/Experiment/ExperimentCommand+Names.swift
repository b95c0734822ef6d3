import ArgumentParser
import Evaluation

/// The experiments and runs that are asked for.
extension ExperimentCommand {
  /// The experiments that NAME stands for.
  ///
  /// - throws: `ValidationError` for an unknown name.
  func names() throws -> [Experiment.Name] {
    if name == "all" { return Experiment.Name.allCases }
    guard let experiment = Experiment.Name(rawValue: name) else {
      let names = Experiment.Name.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("\(name): there is no such experiment; expected \(names) or all")
    }
    return [experiment]
  }

  /// Whether `--only` names a run, with its experiment or by itself.
  func isWanted(_ run: Experiment.Run, of experiment: Experiment) -> Bool {
    only.isEmpty || only.contains(run.name) || only.contains("\(experiment.name.rawValue)/\(run.name)")
  }

  /// Sees that each `--only` names one run.
  func checkOnly(_ experiments: [Experiment]) throws {
    let names = experiments.flatMap { experiment in experiment.runs.map { "\(experiment.name.rawValue)/\($0.name)" } }
    for name in only {
      let meant = names.filter { $0 == name || $0.hasSuffix("/\(name)") }
      guard !meant.isEmpty else {
        throw ValidationError("--only \(name): there is no such run; the runs are \(names.joined(separator: ", "))")
      }
      guard meant.count == 1 else {
        throw ValidationError("--only \(name): it could be \(meant.joined(separator: " or ")); name the experiment too")
      }
    }
  }

  /// Sees that each wanted run trains the member that `--member` names.
  func checkMember(_ experiments: [Experiment]) throws {
    guard let member else { return }
    for experiment in experiments {
      for run in experiment.runs where isWanted(run, of: experiment) {
        do { try run.settings.validate(onlyMember: member) } catch {
          throw ValidationError("--only \(experiment.name.rawValue)/\(run.name): \(error)")
        }
      }
    }
  }
}
