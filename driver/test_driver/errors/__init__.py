"""Everything the driver raises; docs/reference.md has the tree.

What derives from RequestedAssertionFailed says that the machines are not as the script demands. No
`except Exception` of a script catches what derives from Halted.
"""

from . import base, expectations, extension, guest, halted, host, machine
from .base import *
from .expectations import *
from .extension import *
from .guest import *
from .halted import *
from .host import *
from .machine import *

__all__: list[str] = []
__all__ += base.__all__
__all__ += expectations.__all__
__all__ += extension.__all__
__all__ += guest.__all__
__all__ += halted.__all__
__all__ += host.__all__
__all__ += machine.__all__
