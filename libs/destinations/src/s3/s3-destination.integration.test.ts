import { SystemClock } from '@holdfast/kernel';
import { realS3 } from '@holdfast/testkit';
