/**
 * Checks values against the schemas of an OpenAPI 3.0 document, as far as the vendors' use them.
 * `oneOf` counts as `anyOf`, because the vendors' alternatives overlap, and a field that is not
 * required may be null, as they say of all of them.
 */

import { z } from "zod";

export const Schema = z.looseObject({
  $ref: z.string().optional(),
  type: z.string().optional(),
  nullable: z.boolean().optional(),
  format: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  required: z.array(z.string()).optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minItems: z.number().optional(),
  get properties() {
    return z.record(z.string(), Schema).optional();
  },
  get items() {
    return Schema.optional();
  },
  get allOf() {
    return z.array(Schema).optional();
  },
  get anyOf() {
    return z.array(Schema).optional();
  },
  get oneOf() {
    return z.array(Schema).optional();
  },
});
export type Schema = z.infer<typeof Schema>;

const Answer = z.looseObject({
  content: z.record(z.string(), z.looseObject({ schema: Schema.optional() })).optional(),
});
const Operation = z.looseObject({ responses: z.record(z.string(), Answer).optional() });

export const OpenApi = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.looseObject({ schemas: z.record(z.string(), Schema) }),
});
export type OpenApi = z.infer<typeof OpenApi>;

/** The schema of one answer; undefined when the document gives none for it. */
export function answerSchema(document: OpenApi, line: string, status: number): Schema | undefined {
  const [method = "", path = ""] = line.split(" ");
  const operation = document.paths[path]?.[method.toLowerCase()];
  const responses = Operation.safeParse(operation).data?.responses;
  return responses?.[String(status)]?.content?.["application/json"]?.schema;
}

/** What is wrong with `value`, each with the path to it; empty when it fits. */
export function violations(
  document: OpenApi,
  schema: Schema,
  value: unknown,
  path = "$",
): string[] {
  const resolved = resolve(document, schema);
  if (value === null) {
    return resolved.nullable === true ? [] : [`${path} is null`];
  }
  return [
    ...ofType(document, resolved, value, path),
    ...ofParts(document, resolved, value, path),
    ...(resolved.const !== undefined && resolved.const !== value
      ? [`${path} is ${JSON.stringify(value)}, not ${JSON.stringify(resolved.const)}`]
      : []),
    ...(resolved.enum && !resolved.enum.includes(value)
      ? [`${path} is ${JSON.stringify(value)}, which is not in the list`]
      : []),
  ];
}

function resolve(document: OpenApi, schema: Schema): Schema {
  const name = schema.$ref?.split("/").at(-1);
  if (name === undefined) {
    return schema;
  }
  const target = document.components.schemas[name];
  if (target === undefined) {
    throw new Error(`the document has no schema ${name}`);
  }
  return resolve(document, target);
}

function ofParts(document: OpenApi, schema: Schema, value: unknown, path: string): string[] {
  const all = (schema.allOf ?? []).flatMap((part) => violations(document, part, value, path));
  const alternatives = schema.anyOf ?? schema.oneOf ?? [];
  const tried = alternatives.map((part) => violations(document, part, value, path));
  if (tried.length === 0 || tried.some((found) => found.length === 0)) {
    return all;
  }
  return [...all, `${path} fits no alternative: ${tried.map((found) => found[0]).join("; ")}`];
}

function ofType(document: OpenApi, schema: Schema, value: unknown, path: string): string[] {
  switch (schema.type ?? (schema.properties ? "object" : "")) {
    case "object":
      return ofObject(document, schema, value, path);
    case "array":
      return ofArray(document, schema, value, path);
    case "string":
      return ofString(schema, value, path);
    case "integer":
      return Number.isInteger(value) ? [] : [`${path} is no integer`];
    case "number":
      return typeof value === "number" ? [] : [`${path} is no number`];
    case "boolean":
      return typeof value === "boolean" ? [] : [`${path} is no boolean`];
    default:
      return [];
  }
}

const Fields = z.record(z.string(), z.unknown());

function ofObject(document: OpenApi, schema: Schema, value: unknown, path: string): string[] {
  const fields = Fields.safeParse(value).data;
  if (fields === undefined || Array.isArray(value)) {
    return [`${path} is no object`];
  }
  const required = schema.required ?? [];
  const missing = required.filter((name) => fields[name] === undefined);
  const wrong = Object.entries(schema.properties ?? {}).flatMap(([name, part]) => {
    const field = fields[name];
    const isAbsent = field === undefined || (field === null && !required.includes(name));
    return isAbsent ? [] : violations(document, part, field, `${path}.${name}`);
  });
  return [...missing.map((name) => `${path}.${name} is missing`), ...wrong];
}

function ofArray(document: OpenApi, schema: Schema, value: unknown, path: string): string[] {
  if (!Array.isArray(value)) {
    return [`${path} is no array`];
  }
  const items: readonly unknown[] = value;
  const { items: part, minItems = 0 } = schema;
  const few = items.length < minItems ? [`${path} has fewer than ${minItems} items`] : [];
  return part === undefined
    ? few
    : [...few, ...items.flatMap((one, at) => violations(document, part, one, `${path}[${at}]`))];
}

const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/u;

function ofString(schema: Schema, value: unknown, path: string): string[] {
  if (typeof value !== "string") {
    return [`${path} is no string`];
  }
  const { format, minLength = 0, maxLength = Number.POSITIVE_INFINITY } = schema;
  const isTime = format !== "date-time" || dateTime.test(value);
  const isUrl = (format !== "url" && format !== "uri") || URL.canParse(value);
  return [
    ...(isTime ? [] : [`${path} is no time: ${value}`]),
    ...(isUrl ? [] : [`${path} is no URL: ${value}`]),
    ...(value.length < minLength || value.length > maxLength ? [`${path} has a wrong length`] : []),
  ];
}
