"""The demo's story: the notice of 2019 with its six kinds of case, and half of the round after.

The acts are those of `make demo`, at their times, without the evenings between them; each sentence
that the demo ticks is held here by itself.
"""

import re
from collections.abc import Iterator

import pytest

from deploy.demo.play import ORGANISATION, tell
from deploy.demo.stage import Stage
from deploy.demo.story import ACTS
from deploy.running import WORKFLOW, Running
from deploy.servers import SmtpSink

SENTENCES = [
    "2019年10月以后成立的单位免于考核，不立案，计入免考核数",
    "书记空缺的单位计入应述，暂不立案",
    "通知所定的期限：直属书记1月10日前上报，其余1月14日前审核完毕",
    "开奖之前不能登记公开号码",
    "两人登记的号码不同，抽签不成",
    "抽签（C1.2）：不少于三分之一现场述职，由抽签确定",
    "抽签（C1.3）：不少于三分之一现场述职，由抽签确定",
    "抽签结果可离线复核",
    "抽到现场述职的，1月10日前报送点评提纲",
    "没有打招呼的督查，反馈之前单位看不到",
    "书记的述职报告回应了督查反馈",
    "书记到任后补立案，编号接着排",
    "各单位在1月14日前报送会议方案",
    "方案经机关党委批准，材料应于1月17日前报送",
    "主持词和总结讲话在1月17日前报送并批准",
    "委述评会议的会期一定，待述职的各件期限即为会期",
    "委述评会议取消后另立一次；等它的案件说明会期待定，并指向新的一次",
    "各单位会期已定，均在委述评会议之后",
    "报告之后、述职之前更换书记：案件、编号、阶段不变，述职人换成继任者",
    "会议未开，不能述职",
    "委述评会议未召开、会期未到，单位述评会议不能开",
    "会期改到2月12日，期限随之移动",
    "到会不足三分之二，议程不能开始",
    "名册按身份编制，到会签到；每项议程记下当时在场人数和法定人数",
    "会议没有进行到的，不能登记现场述职",
    "尚有书面述职未点评，不能测评",
    "演练用的票投得进、算得出，删除之后什么也不留",
    "一张票只能投一次，换一部手机也不行",
    "封票之前，收回多少、结果如何谁也看不到",
    "纸质票两人各自计数，不一致就不能计票",
    "票数逐方相符：发票＝手机＋纸质＋换发＋未用交回",
    "现场评议得分出自计票，案卷里写明它的由来",
    "每件都点评之后测评，会议开成",
    "春节假期延长当日导入日历，先预览哪些期限移动",
    "导入之后，按工作日计算的期限顺延两个工作日",
    "责令重开：该单位各件退回起草并另定期限，另立第二次会议",
    "不足100人的单位：全体干部到会，全体干部测评",
    "重开的第二次会议按期开成",
    "纪要由另一人审定",
    "会议总结在2月20日前报送",
    "综合得分由票数逐步算出，只在最后四舍五入一次，等次由此而定",
    "总体意见先经党委会议、再经党组会议，两次决定各有日期和纪要号",
    "两个会议审议之后更正得分：决定保留，等次随之更正，从未立过约谈",
    "述职人签收反馈，签收时间记入日志",
    "结果在规定范围内通报：有姓名和等次，没有得分",
    "一般和差的均已约谈并登记",
    "清单的每一行成为一个整改事项，各有责任人和期限",
    "整改事项申请延期，上级写明理由另定期限",
    "整改进展定期通报：一期发布，下一期即立案",
    "核验不过的事项退回责任人，另定期限",
    "再次报告后由上级核验通过",
    "核验过的事项经抽查重新整改：另立一项，指明原来的事项",
    "还有整改事项未核验，考核不能办结",
    "整改中经办人有事可办：报告整改完成，交上级核",
    "事项全部核验后办结",
    "考核周期经决定结束：要写理由，未结的逐件记下，继续办到底",
    "下一年度考核周期在旁开启，未完成的整改事项结转，编号另起，指明原来的事项",
    "演示停在下一年度的中途：述职评议每个阶段都有案件，有逾期的，也有按期的",
    "考核、会议、督查、整改事项、约谈、抽签，六类案件都走过一遍",
]
CLAUSES = (
    *("C1.1", "C1.2", "C1.3", "C2", "C3.2", "C3.3", "C3.4"),
    *("C4.1", "C4.2", "C4.3", "C4.4", "C5.1", "C5.2", "C5.3", "C6", "C7", "C8", "C9"),
)
LINES: list[str] = []


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    mail = SmtpSink().start()
    sender = {"SHUPING_SMTP_URL": mail.url, "SHUPING_SMTP_FROM": "shuping@shuping.example"}
    made = Running(tmp_path_factory.mktemp("demo"), ACTS[0][0], sender)
    try:
        made.prepare(ORGANISATION)
        made.start()
        yield made
    finally:
        made.stop()
        mail.stop()


@pytest.fixture(scope="module")
def stage(running: Running) -> Stage:
    return tell(running, ACTS, LINES.append)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_it_holds_that(stage: Stage, sentence: str) -> None:
    assert dict(stage.checks)[sentence]
    assert f"   ✓ {sentence}" in LINES


@pytest.mark.parametrize("clause", CLAUSES)
def test_it_plays_the_clause(stage: Stage, clause: str) -> None:
    assert dict(stage.checks)[clause]
    told = re.compile(rf"   ✓ {re.escape(clause)} workflow\.\w+\.v\d+，第 [\d,]+ 号")
    assert [line for line in LINES if told.fullmatch(line)]


def test_no_act_of_it_went_otherwise_than_told(stage: Stage) -> None:
    assert [what for what, holds in stage.checks if not holds] == []


def test_no_sentence_of_it_is_left_out_here(stage: Stage) -> None:
    told = {line.removeprefix("   ✓ ") for line in LINES if line.startswith("   ✓ ")}
    assert {one for one in told if not one.startswith(CLAUSES)} == set(SENTENCES)


def test_afterwards_the_log_is_whole(stage: Stage, running: Running) -> None:
    assert "发现 0 处" in running.command(WORKFLOW, "audit", "verify", "--thorough")
    assert stage.cycle
