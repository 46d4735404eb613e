/** A definition is a few kilobytes; nothing legitimate comes near this. */
export const MAX_BODY_BYTES = 262_144;
