import { expect, it } from 'vitest'
import { readJunit } from './junit.ts'

it('reads what passed, failed and was skipped, with the first line of what went wrong', () => {
  const xml = `<?xml version="1.0"?><testsuites><testsuite tests="4">
    <testcase classname="a.b" name="passes" time="0.1" />
    <testcase classname="a.b" name="fails[x &amp; y]" time="0.1"><failure message="assert 1 == 2&#10;more">trace</failure></testcase>
    <testcase classname="a.b" name="breaks"><error message="E">trace</error></testcase>
    <testcase classname="a.b" name="rests"><skipped type="pytest.skip" message="why">x</skipped></testcase>
  </testsuite></testsuites>`
  expect(readJunit(xml)).toEqual([
    { name: 'a.b::passes', outcome: 'passed', says: '' },
    { name: 'a.b::fails[x & y]', outcome: 'failed', says: 'assert 1 == 2' },
    { name: 'a.b::breaks', outcome: 'failed', says: 'E' },
    { name: 'a.b::rests', outcome: 'skipped', says: 'why' },
  ])
})
