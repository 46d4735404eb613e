export async function dockerAnswers(): Promise<boolean> {
  return false;
}
