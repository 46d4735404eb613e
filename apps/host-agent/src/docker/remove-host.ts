export async function removeDockerHost(_: {
  hostId: string;
  required: boolean;
  log: (m: string) => void;
}): Promise<void> {}
