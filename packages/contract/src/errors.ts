import * as v from 'valibot';

/** What an error says besides its code: `retryable` tells whether the same call can succeed later. */
export const ErrorData = v.object({
  retryable: v.boolean(),
  /** The field that was wrong, as a path such as `services.0.port`. */
  field: v.optional(v.string()),
  /** What was expected there. */
  expected: v.optional(v.string()),
});
export type ErrorData = v.InferOutput<typeof ErrorData>;

/** Every code that crosses a border of Fettle: HTTP status, default text, and whether a retry can help. */
export const errorCatalogue = {
  BAD_REQUEST: { status: 400, message: 'The input is not what was expected', retryable: false },
  UNAUTHORIZED: { status: 401, message: 'A valid token is needed', retryable: false },
  /** Our own key: what a caller shows is UNAUTHORIZED. */
  PROVIDER_KEY_REFUSED: {
    status: 502,
    message: 'The provider does not accept our key',
    retryable: false,
  },
  /** Who calls is known, and may not do that there. The same whether or not there is such a thing. */
  FORBIDDEN: { status: 403, message: 'That is not allowed with these credentials', retryable: false },
  NOT_FOUND: { status: 404, message: 'There is no such thing', retryable: false },
  PROJECT_NOT_FOUND: { status: 404, message: 'There is no such project', retryable: false },
  SLOT_NOT_FOUND: { status: 404, message: 'There is no such slot', retryable: false },
  MACHINE_NOT_FOUND: { status: 404, message: 'There is no such machine', retryable: false },
  SERVICE_NOT_FOUND: { status: 404, message: 'There is no such service', retryable: false },
  IMAGE_NOT_FOUND: { status: 404, message: 'There is no such image', retryable: false },
  REGION_NOT_FOUND: { status: 404, message: 'There is no such region', retryable: false },
  EVIDENCE_NOT_FOUND: { status: 404, message: 'There is no such evidence', retryable: false },
  TOKEN_NOT_FOUND: { status: 404, message: 'There is no such token', retryable: false },
  MEMBER_NOT_FOUND: { status: 404, message: 'There is no such member', retryable: false },
  COPY_NOT_FOUND: { status: 404, message: 'There is no such copy', retryable: false },
  CONFLICT: { status: 409, message: 'The present state does not allow that', retryable: false },
  QUARANTINED: { status: 409, message: 'These versions are quarantined', retryable: false },
  STALE_ACTION: { status: 409, message: 'A newer action was already accepted', retryable: false },
  RETIRED: { status: 410, message: 'The machine was replaced', retryable: false },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    message: 'The body is larger than anything that is sent here',
    retryable: false,
  },
  /** Our own limit; a provider's is RATE_LIMITED. The answer's `retry-after` says when to come again. */
  TOO_MANY_REQUESTS: { status: 429, message: 'That is more than one caller may ask', retryable: true },
  QUOTA_EXCEEDED: { status: 429, message: 'The quota of the project is used up', retryable: true },
  COPY_CORRUPT: { status: 422, message: 'The copy does not match its checksum', retryable: false },
  UNSUPPORTED: { status: 501, message: 'This type of machine cannot do that', retryable: false },
  PROVIDER_FAILED: { status: 502, message: 'The provider refused or failed', retryable: true },
  MACHINE_UNREACHABLE: { status: 502, message: 'The machine did not answer', retryable: true },
  HOST_UNREACHABLE: { status: 503, message: 'The host did not answer', retryable: true },
  NO_CAPACITY: { status: 503, message: 'The provider has no room for it now', retryable: true },
  RATE_LIMITED: { status: 503, message: 'The provider asks for fewer requests', retryable: true },
  METRICS_UNAVAILABLE: {
    status: 503,
    message: 'What was measured cannot be asked at the moment',
    retryable: true,
  },
  DEADLINE_EXCEEDED: { status: 504, message: 'The answer did not come in time', retryable: true },
  DISK_FULL: { status: 507, message: 'The disk is full', retryable: true },
  INTERNAL: { status: 500, message: 'Something is broken on our side', retryable: true },
} as const;

export type ErrorCode = keyof typeof errorCatalogue;

/** The same list in the form that oRPC contracts take. */
export const errorMap = Object.fromEntries(
  Object.entries(errorCatalogue).map(([code, { status, message }]) => [
    code,
    { status, message, data: v.optional(ErrorData) },
  ]),
) as {
  [code in ErrorCode]: {
    status: number;
    message: string;
    data: v.OptionalSchema<typeof ErrorData, undefined>;
  };
};
