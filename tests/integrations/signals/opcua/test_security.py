"""Who is believed, who isn't, and that a person is told what to do."""

import pytest

from integrations.signals.base import ConnectionLost
from integrations.signals.opcua.security import check_server, own_identity
from tests.support.opcua import APPLICATION, Listener, as_pem, make_certificate

pytestmark = pytest.mark.asyncio(loop_scope="package")

SECURE = {"security": "Basic256Sha256,SignAndEncrypt"}


@pytest.fixture(autouse=True)
def var(tmp_path, monkeypatch):
    monkeypatch.setenv("MES_VAR_DIR", str(tmp_path))
    return tmp_path / "opcua"


async def refusal(url, **options) -> str:
    async with Listener(url, [], **options) as listener:
        await listener.until(lambda: listener.lost)
    return listener.lost


async def test_a_trusted_server_is_read_encrypted_with_a_password(server, var):
    count = await server.add("Count", 4)
    options = {**SECURE, "trusted": as_pem(server.certificate), "secret": "operator:right"}
    async with Listener(server.url, [count], **options) as listener:
        await listener.until(lambda: listener.seen)
    assert [one.value for one in listener.seen] == [4]
    assert (var / "own" / "key.pem").stat().st_mode & 0o077 == 0


async def test_a_stranger_is_refused_kept_and_believed_once_moved(server, var):
    reason = await refusal(server.url, **SECURE)
    assert "not trusted" in reason
    [kept] = (var / "refused").iterdir()
    assert str(kept) in reason
    (var / "trusted").mkdir()
    kept.rename(var / "trusted" / kept.name)
    async with Listener(server.url, [], **SECURE) as listener:
        await listener.until(lambda: listener.links)
    assert listener.links == [(True, "")]


async def test_trust_in_anybody_must_be_said(server):
    async with Listener(server.url, [], **SECURE, trust_any=True) as listener:
        await listener.until(lambda: listener.links)
    assert listener.links == [(True, "")]


async def test_an_expired_certificate_is_told_with_its_day(server):
    before = server.certificate
    expired, key = make_certificate(days=(-30, -2))
    await server.stop()
    await server.show(expired, key)
    await server.start_again()
    reason = await refusal(server.url, **SECURE, trusted=as_pem(expired))
    assert f"expired on {expired.not_valid_after_utc:%Y-%m-%d}" in reason
    assert before != expired
    await server.stop()
    await server.show(*make_certificate())
    await server.start_again()


async def test_a_wrong_password_is_told(server):
    options = {**SECURE, "trusted": as_pem(server.certificate)}
    assert "user name or password" in await refusal(server.url, **options, secret="operator:wrong")


async def test_a_password_never_leaves_unprotected(server):
    assert "not sent unprotected" in await refusal(server.url, security="None", secret="operator:right")


async def test_a_policy_the_server_lacks_names_those_it_has(server):
    reason = await refusal(server.url, security="Aes256Sha256RsaPss,SignAndEncrypt", trust_any=True)
    assert "Basic256Sha256,SignAndEncrypt" in reason


@pytest.mark.parametrize(
    ("address", "words"),
    [("http://x", "no address like opc.tcp"), ("opc.tcp://127.0.0.1:9", "can't be reached")],
)
async def test_an_address_where_nobody_is(address, words):
    assert words in await refusal(address)


async def test_an_authority_vouches_for_its_servers_while_it_is_valid():
    for days, believed in (((-5, 5), True), ((-5, -1), False)):
        authority = make_certificate(is_authority=True, days=days)
        certificate, _ = make_certificate(issuer=authority)
        if believed:
            check_server(certificate, APPLICATION, trusted=as_pem(authority[0]), trust_any=False)
        else:
            with pytest.raises(ConnectionLost, match="not trusted"):
                check_server(certificate, APPLICATION, trusted=as_pem(authority[0]), trust_any=False)


async def test_who_is_no_authority_vouches_for_nobody():
    other = make_certificate()
    certificate, _ = make_certificate(issuer=other)
    with pytest.raises(ConnectionLost, match="not trusted"):
        check_server(certificate, APPLICATION, trusted=as_pem(other[0]), trust_any=False)


async def test_a_certificate_of_another_application_is_refused():
    certificate, _ = make_certificate(uri="urn:somebody:else")
    with pytest.raises(ConnectionLost, match="calls itself"):
        check_server(certificate, APPLICATION, trusted=as_pem(certificate), trust_any=False)


async def test_our_own_certificate_is_made_once(var):
    first = own_identity()
    made = first.certificate.read_bytes()
    assert own_identity() == first
    assert first.certificate.read_bytes() == made


async def test_what_is_no_certificate_is_told(var):
    certificate, _ = make_certificate()
    with pytest.raises(ConnectionLost, match="can't be read"):
        check_server(certificate, APPLICATION, trusted="nonsense", trust_any=False)
    (var / "trusted").mkdir(parents=True)
    (var / "trusted" / "notes.txt").write_text("hello")
    with pytest.raises(ConnectionLost, match=r"notes\.txt is no certificate"):
        check_server(certificate, APPLICATION, trusted="", trust_any=False)
