import test from 'node:test';
import assert from 'node:assert/strict';
import { byParent, display } from '../src/flow.js';

test('a district of a city is written with a space, everything else as it is', () => {
  for (const [name, want] of [
    ['고양시덕양구', '고양시 덕양구'], ['세종시', '세종시'], ['시흥시', '시흥시'], ['강남구', '강남구'],
    ['고양시 덕양구', '고양시 덕양구'], ['서울특별시', '서울특별시'], ['', ''],
  ]) assert.equal(display(name), want);
});

test('regions are found by the region above them, whatever the order of columns', () => {
  const children = byParent({
    columns: ['parent', 'code', 'clinics', 'name'],
    rows: [['', '36', 5, '세종특별자치시'], ['36', '3611', 5, '세종시'], ['3611', '361101', 0, '한솔동']],
  });
  assert.deepEqual(children.get(''), [{ code: '36', name: '세종특별자치시', clinics: 5 }]);
  assert.deepEqual(children.get('3611').map((r) => r.clinics), [0]);
  assert.equal(children.get('361101'), undefined);
});
