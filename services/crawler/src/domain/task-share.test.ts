import { describe, expect, it } from '@jest/globals';
import { taskShare } from './task-share.js';

describe('the share of a task', () => {
  it('is what a task can use while there are few of them', () => {
    for (const tasks of [1, 4, 8])
      expect(taskShare(tasks, 0)).toMatchObject({ waiting: 100, openItems: 32, arriving: 8 });
  });

  it('gets smaller with more tasks, so that all of them together hold no more', () => {
    for (let tasks = 1; tasks <= 50; tasks += 1) {
      const { changeBytes, waiting, openItems, arriving } = taskShare(tasks, 32 * 1024 * 1024);
      expect(changeBytes * tasks).toBeLessThanOrEqual(32 * 1024 * 1024);
      expect(waiting * tasks).toBeLessThanOrEqual(800);
      expect(openItems * tasks).toBeLessThanOrEqual(256);
      expect(arriving * tasks).toBeLessThanOrEqual(128);
      expect(Math.min(waiting, openItems, arriving)).toBeGreaterThan(0);
    }
  });
});
