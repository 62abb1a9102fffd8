/** Why the demo does not start, in a sentence for the person who asked for it. */
export class DemoProblem extends Error {
  override readonly name = 'DemoProblem';
}
