/** How a command ended: 0 fine, 1 it found something, 2 it was used wrongly or could not do its work. */
export type ExitCode = 0 | 1 | 2;

/** What a command has to say: to a person, and to a program. */
export interface Outcome {
  readonly code: ExitCode;
  readonly text: string;
  readonly json: unknown;
}

/** One command of the CLI. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** The whole help. */
  readonly help: string;
  /** Throws `UsageProblem` when it cannot start, anything else for a bug. */
  readonly run: (args: readonly string[]) => Promise<Outcome>;
}

/** A mistake of whoever called the command: its message is one sentence that says what to do. */
export class UsageProblem extends Error {
  override name = "UsageProblem";
}
