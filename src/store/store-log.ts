/** What the store needs of a logger; pino's fits. The store itself never configures logging. */

export interface StoreLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
