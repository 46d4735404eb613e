/** A key that is ready to use, by the types of wherever this is compiled: workerd has a global name for it, Node has not. */
export type OpenedKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;
