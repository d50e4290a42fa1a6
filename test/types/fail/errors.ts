import { isMdmProtocolError, MdmProtocolError } from 'mdm-protocol'

declare const error: unknown

// right: narrowing to a code gives its details
if (isMdmProtocolError(error, 'ERR_SCEP_UNEXPECTED')) void error.details.field
if (error instanceof MdmProtocolError) void error.code

// wrong: only the library makes them
void new MdmProtocolError()

// wrong: a code that there is not
isMdmProtocolError(error, 'ERR_WHATEVER')

// wrong: nobody inherits from it
void class extends MdmProtocolError {}

// wrong: details of a code that was not asked for
if (isMdmProtocolError(error)) void error.details.field
