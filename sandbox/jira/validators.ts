/** Hidden validators of workflows: what they want is told to nobody until it is missing. */

import type { EditableFields, Transition } from "./model.ts";

interface Attempt {
  /** The issue as it would be after the transition. */
  readonly after: Pick<EditableFields, "assigneeId" | "duedate" | "description">;
  /** Whether a comment is made along with the transition. */
  readonly hasComment: boolean;
}

/** The administrator's sentence when the transition's validator is not content; undefined when it is. */
export function refusalOf({ validator }: Transition, attempt: Attempt): string | undefined {
  if (validator === undefined) {
    return undefined;
  }
  const { after, hasComment } = attempt;
  const isMet = {
    assignee: after.assigneeId !== null,
    duedate: after.duedate !== null,
    description: after.description !== null,
    comment: hasComment,
    impossible: false,
  }[validator.needs];
  return isMet ? undefined : validator.message;
}
