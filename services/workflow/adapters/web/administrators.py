"""The three administrators: what is each one's, and who that is today, told on their own pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.workflow.adapters.web.languages import N_, Words
from services.workflow.application.boards import Look, Names
from services.workflow.domain.organisation import Post

DUTIES = Words(
    {
        "system_administrator": N_("人员与任职、机构表格、通知自查；看不到账户和案件"),
        "security_administrator": N_("账户与访问令牌；不能改人员任职，看不到案件"),
        "audit_administrator": N_("查看前两者办过的每一件；自己什么也不改"),
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """What falls to one of the three."""

    role: str
    duty: str
    posts: Sequence[Post]  # those that hold it today; () where nobody does


def shares(look: Look, names: Names) -> list[Share]:
    """Return the shares of the three, and want the names of who holds them."""
    posts = [one for one in look.organisation.posts() if one.holds_on(look.day)]
    found = [
        Share(role=role, duty=duty, posts=[one for one in posts if one.role == role])
        for role, duty in DUTIES.items()
    ]
    names.want(*(post.person for share in found for post in share.posts))
    return found
