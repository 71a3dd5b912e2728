import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, test } from '@jest/globals';
import { createRunningResponses } from '../../src/http/running-responses.js';

/** As much of a response as is looked at. */
const response = (): ServerResponse => new EventEmitter() as ServerResponse;

test('responses run from when they are added until they are closed, and leave their place to others', () => {
  const running = createRunningResponses();
  const [first, second, third, fourth] = [response(), response(), response(), response()];
  for (const each of [first, second, third]) running.add(each);
  expect([...running]).toEqual([first, second, third]);
  second.emit('close');
  expect([...running]).toEqual([first, third]);
  running.add(fourth);
  expect([...running]).toEqual([first, fourth, third]);
  second.emit('close');
  expect([...running]).toEqual([first, fourth, third]);
  for (const each of running) each.emit('close');
  expect([...running]).toEqual([]);
});
