/** Prints a line. Resolves when it has left the process: an exit right after must not cut it off. */
export async function print(line: string): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write(`${line}\n`, () => resolve()));
}
