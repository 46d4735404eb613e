/** The part of a published specification that one of our servers speaks, as `spec/*.json` holds it. */
import * as v from 'valibot';

/** A JSON Schema in the dialect of OpenAPI 3.0; references are `#/schemas/<name>`. */
export const PublishedSchema = v.record(v.string(), v.unknown());
export type PublishedSchema = v.InferOutput<typeof PublishedSchema>;

/** One parameter of an operation. */
export const PublishedParameter = v.object({
  name: v.string(),
  in: v.picklist(['path', 'query', 'header']),
  required: v.boolean(),
  schema: PublishedSchema,
});
export type PublishedParameter = v.InferOutput<typeof PublishedParameter>;

/** One operation, named by its published operationId. */
export const PublishedOperation = v.object({
  id: v.string(),
  method: v.picklist(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  /** With `{name}` where a path parameter goes. */
  path: v.string(),
  parameters: v.array(PublishedParameter),
  /** The JSON body; `null` where none is described. */
  body: v.nullable(v.object({ required: v.boolean(), schema: PublishedSchema })),
  /** By status; `null` where the answer's content is not described as JSON. */
  answers: v.record(v.string(), v.nullable(PublishedSchema)),
});
export type PublishedOperation = v.InferOutput<typeof PublishedOperation>;

/** A whole extract. */
export const SpecificationExtract = v.object({
  title: v.string(),
  version: v.string(),
  operations: v.array(PublishedOperation),
  schemas: v.record(v.string(), PublishedSchema),
});
export type SpecificationExtract = v.InferOutput<typeof SpecificationExtract>;
