/** Names of statuses, as people write them, made comparable. */

/** Takes a name; gives it without regard to case, outer space and the shape of its apostrophe. */
export function foldedName(name: string): string {
  return name.trim().toLowerCase().replaceAll("’", "'");
}
