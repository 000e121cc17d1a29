/** Which attacks are there? Every family, each on a world of its own. */
import type { Family } from './attack.ts'
import { addresses } from './families/addresses.ts'
import { door } from './families/door.ts'
import { events } from './families/events.ts'
import { factors } from './families/factors.ts'
import { files } from './families/files.ts'
import { graphs } from './families/graphs.ts'
import { identity } from './families/identity.ts'
import { jobs } from './families/jobs.ts'
import { load } from './families/load.ts'
import { operators } from './families/operators.ts'
import { parsers } from './families/parsers.ts'
import { rights } from './families/rights.ts'
import { site } from './families/site.ts'
import { tokens } from './families/tokens.ts'
import { userdata } from './families/userdata.ts'
import { wire } from './families/wire.ts'

export const families: readonly Family[] = [
  door,
  identity,
  tokens,
  factors,
  rights,
  site,
  operators,
  files,
  graphs,
  jobs,
  events,
  userdata,
  parsers,
  load,
  wire,
  addresses,
]
