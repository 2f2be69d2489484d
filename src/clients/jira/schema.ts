/** The parts of Jira's answers that Debrief reads (docs/vendors/jira.md); everything else is ignored. */

import { z } from "zod";
import { syncedFields } from "../../domain/action-item.ts";

/** Jira gives some ids as numbers, some as strings. */
const Id = z.union([z.string(), z.number()]).transform(String);

const Named = z.object({ id: Id, name: z.string().default("") });

const ErrorsByField = z
  .record(z.string(), z.unknown())
  .transform((raw) => ({ byField: textsOf(raw), list: [] as string[] }));
const ErrorsInList = z.array(z.object({ message: z.string() })).transform((raw) => ({
  byField: {} as Record<string, string>,
  list: raw.map(({ message }) => message),
}));
const noErrors = { byField: {}, list: [] };

function textsOf(raw: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(raw).flatMap(([field, text]) =>
      typeof text === "string" ? [[field, text]] : [],
    ),
  );
}

export const ErrorAnswer = z.object({
  errorMessages: z.array(z.string()).catch([]),
  errors: z.union([ErrorsInList, ErrorsByField]).catch(noErrors),
  detail: z.string().optional().catch(undefined),
  message: z.string().optional().catch(undefined),
  title: z.string().optional().catch(undefined),
});

export const User = z.object({
  accountId: z.string().min(1),
  displayName: z.string().default(""),
  emailAddress: z.string().nullish(),
  active: z.boolean().default(true),
  accountType: z.string().default("atlassian"),
});
export type User = z.infer<typeof User>;
export const Users = z.array(User);

export const Created = z.object({ id: Id, key: z.string().min(1) });

export const Status = z.object({
  id: Id,
  name: z.string().default(""),
  statusCategory: z.object({ key: z.string() }),
});
export type Status = z.infer<typeof Status>;

/** `2026-11-20T10:03:11.130+0100`, which Date reads. */
const Instant = z
  .string()
  .transform((text) => new Date(text))
  .refine((date) => !Number.isNaN(date.getTime()));

const SideValues = z.record(z.enum(syncedFields), z.string());

/** Anyone who may edit the issue can write it: what is not in our form is not ours. */
export const Property = z.object({
  version: z.literal(1),
  row: z.string(),
  base: z.object({
    notion: SideValues,
    jira: z.partialRecord(z.enum(syncedFields), z.string()),
    descriptionIsJiras: z.boolean().optional(),
  }),
});

export const Issue = z.object({
  id: Id,
  key: z.string().min(1),
  fields: z.object({
    project: z.object({ key: z.string() }),
    summary: z.string().nullish(),
    description: z.unknown(),
    assignee: User.nullish(),
    duedate: z.string().nullish(),
    priority: Named.nullish(),
    status: Status,
    resolution: Named.nullish(),
    labels: z.array(z.string()).nullish(),
    updated: Instant,
    created: Instant,
  }),
  properties: z.record(z.string(), z.unknown()).nullish(),
});
export type Issue = z.infer<typeof Issue>;

export const Glance = z.object({
  id: Id,
  key: z.string().min(1),
  fields: z.object({ labels: z.array(z.string()).nullish(), updated: Instant }),
});

export const SearchPage = z.object({
  issues: z.array(z.unknown()),
  isLast: z.boolean().nullish(),
  nextPageToken: z.string().nullish(),
});

export const Transitions = z.object({
  transitions: z.array(
    z.object({
      id: Id,
      name: z.string().default(""),
      to: Status,
      isAvailable: z.boolean().nullish(),
      isLooped: z.boolean().nullish(),
      hasScreen: z.boolean().nullish(),
      fields: z
        .record(
          z.string(),
          z.object({
            name: z.string().default(""),
            required: z.boolean().default(false),
            hasDefaultValue: z.boolean().nullish(),
          }),
        )
        .nullish(),
    }),
  ),
});

export const Comment = z.object({
  body: z.unknown(),
  properties: z.array(z.object({ key: z.string(), value: z.unknown() })).nullish(),
});
export type Comment = z.infer<typeof Comment>;
export const Comments = z.object({ comments: z.array(Comment), total: z.number() });
/** The property by which a comment of ours is known again. */
export const Marker = z.object({ marker: z.string() });

export const Priorities = z.object({
  values: z.array(Named),
  isLast: z.boolean().nullish(),
});

export const ServerInfo = z.object({ baseUrl: z.string() });

export const Project = z.object({
  id: Id,
  key: z.string(),
  name: z.string().default(""),
  components: z.array(Named).nullish(),
});

export const ProjectStatuses = z.array(
  z.object({ id: Id, name: z.string().default(""), statuses: z.array(Status) }),
);

export const IssueTypes = z.object({ issueTypes: z.array(Named), total: z.number().nullish() });

export const CreateField = z.object({
  fieldId: z.string(),
  name: z.string().default(""),
  required: z.boolean(),
  hasDefaultValue: z.boolean().nullish(),
  allowedValues: z
    .array(
      z.object({ id: Id.optional(), name: z.string().optional(), value: z.string().optional() }),
    )
    .nullish()
    .catch(undefined),
});
export type CreateField = z.infer<typeof CreateField>;
export const CreateFields = z.object({ fields: z.array(CreateField), total: z.number().nullish() });

export const Permissions = z.object({
  permissions: z.record(z.string(), z.object({ havePermission: z.boolean().nullish() })),
});
