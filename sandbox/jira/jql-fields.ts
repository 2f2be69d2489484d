/** The fields that a query can ask for: the facts of an issue, and the names that a site knows. */

/** What a query can ask of an issue. Ids throughout; null where there is none. */
export interface Searchable {
  readonly id: string;
  readonly key: string;
  readonly projectId: string;
  readonly issueTypeId: string;
  readonly statusId: string;
  /** The category's key, such as "indeterminate". */
  readonly statusCategory: string;
  readonly resolutionId: string | null;
  readonly priorityId: string | null;
  readonly assigneeId: string | null;
  readonly reporterId: string | null;
  readonly labels: readonly string[];
  readonly summary: string;
  /** A calendar day. */
  readonly dueDate: string | null;
  readonly createdMs: number;
  readonly updatedMs: number;
}

/** The names that a site knows. Each takes a name, a key or an id and gives ids; none: it is unknown. */
export interface SiteNames {
  readonly project: (said: string) => readonly string[];
  readonly status: (said: string) => readonly string[];
  /** Gives the key of the category. */
  readonly statusCategory: (said: string) => readonly string[];
  readonly issueType: (said: string) => readonly string[];
  readonly resolution: (said: string) => readonly string[];
  readonly priority: (said: string) => readonly string[];
  readonly user: (said: string) => readonly string[];
  /** By id or by any key that the issue ever had; gives its id. */
  readonly issue: (said: string) => readonly string[];
}

export type FieldKind = "id" | "label" | "issue" | "date" | "day" | "text";

export interface Field {
  readonly kind: FieldKind;
  readonly name: string;
  /** What an issue holds; several for labels, none when empty. */
  readonly values: (issue: Searchable) => readonly (string | number)[];
  /** The ids that a name stands for. */
  readonly resolve?: (said: string, names: SiteNames) => readonly string[];
}

function some<T>(value: T | null): T[] {
  return value === null ? [] : [value];
}

const fieldList: readonly (Field & { readonly aliases?: readonly string[] })[] = [
  {
    kind: "id",
    name: "project",
    values: (one) => [one.projectId],
    resolve: (said, names) => names.project(said),
  },
  {
    kind: "id",
    name: "status",
    values: (one) => [one.statusId],
    resolve: (said, names) => names.status(said),
  },
  {
    kind: "id",
    name: "statuscategory",
    values: (one) => [one.statusCategory],
    resolve: (said, names) => names.statusCategory(said),
  },
  {
    kind: "id",
    name: "issuetype",
    aliases: ["type"],
    values: (one) => [one.issueTypeId],
    resolve: (said, names) => names.issueType(said),
  },
  {
    kind: "id",
    name: "resolution",
    values: (one) => some(one.resolutionId),
    resolve: (said, names) => names.resolution(said),
  },
  {
    kind: "id",
    name: "priority",
    values: (one) => some(one.priorityId),
    resolve: (said, names) => names.priority(said),
  },
  {
    kind: "id",
    name: "assignee",
    values: (one) => some(one.assigneeId),
    resolve: (said, names) => names.user(said),
  },
  {
    kind: "id",
    name: "reporter",
    values: (one) => some(one.reporterId),
    resolve: (said, names) => names.user(said),
  },
  { kind: "label", name: "labels", values: (one) => one.labels.map(lower) },
  {
    kind: "issue",
    name: "issuekey",
    aliases: ["key", "issue", "id"],
    values: (one) => [one.id],
    resolve: (said, names) => names.issue(said),
  },
  {
    kind: "date",
    name: "created",
    aliases: ["createddate"],
    values: (one) => [one.createdMs],
  },
  {
    kind: "date",
    name: "updated",
    aliases: ["updateddate"],
    values: (one) => [one.updatedMs],
  },
  { kind: "day", name: "duedate", aliases: ["due"], values: (one) => some(one.dueDate) },
  { kind: "text", name: "summary", values: (one) => [one.summary] },
];

/** By name in lower case, and by its aliases. */
export const fieldsByName: ReadonlyMap<string, Field> = new Map(
  fieldList.flatMap((field) => [field.name, ...(field.aliases ?? [])].map((name) => [name, field])),
);

export function lower(text: string): string {
  return text.toLowerCase();
}
