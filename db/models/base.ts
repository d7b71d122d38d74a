import { Model } from 'objection';

/** What all models share: columns keep their names of the database, plain JSON for jsonb comes from the driver. */
export class BaseModel extends Model {
  static override get modelPaths(): string[] {
    return [];
  }

  /** jsonb values are written as JSON text; objection must not treat other columns of type object so. */
  static override get jsonAttributes(): string[] {
    return [];
  }
}
