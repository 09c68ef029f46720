import { databaseSettings, grpcSettings, serviceSettings } from '@holdfast/platform';
import { z } from 'zod';

/** Every setting of the reporting service. docs/configuration.md is generated from this schema. */
export const reportingConfig = z.object({ ...serviceSettings, ...grpcSettings, ...databaseSettings });
