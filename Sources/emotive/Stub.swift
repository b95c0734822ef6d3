import ArgumentParser
struct NetworksCommand: ParsableCommand {}
struct FetchCommand: ParsableCommand {}
