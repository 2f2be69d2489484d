/** A secret that may be replaced at its source while the process runs: tokens and webhook secrets from files. */

export interface LiveSecret<Value> {
  /** What is used now. Asked for at each use, never kept. */
  current(): Value;
  /**
   * Takes the value that was refused, looks at the source again, and tells whether another one stands there
   * now. Never rejects: where the source can't be read, the value stays.
   */
  isReplaced(refused: Value): Promise<boolean>;
}

/** Takes a token, or one that may be replaced; gives it as the latter. */
export function asLive(token: string | LiveSecret<string>): LiveSecret<string> {
  return typeof token === "string"
    ? { current: () => token, isReplaced: () => Promise.resolve(false) }
    : token;
}

/** A call that was refused for its token is made again after this, in ms, where the token was replaced. */
export const replacedRetryMs = 100;
