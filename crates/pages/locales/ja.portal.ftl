# What the pages of the developers’ portal say.

portal-product = 開発者
portal-stranger = ここではアプリケーションを作成できません
portal-stranger-more = 作成できる人はレルムの設定で決まります。現在のアカウントには許可がありません。
portal-stranger-another = 別のアカウントでサインイン
portal-done-submitted = アプリケーションを提出しました。
portal-done-withdrawn = アプリケーションは下書きに戻りました。
portal-done-secret = シークレットを無効にしました。
portal-done-reviewed = 決定を保存しました。理由は開発者に表示されます。

## Logs

portal-logs = ログ
portal-logs-lead = 拒否されたリクエストと直し方です。ID は応答に含まれていたものと同じです。7 日間、最大 1000 件を保存します。
portal-logs-when = 日時
portal-logs-what = 内容
portal-logs-expected = 期待値
portal-logs-got = 実際の値
portal-logs-mend = 直し方
portal-logs-request = リクエスト ID
portal-logs-where = エンドポイント
portal-logs-error = エラーコード
portal-logs-more = 同種 { $count } 件省略
portal-logs-empty = 拒否されたリクエストはありません
portal-logs-empty-more = リクエストが拒否されると、直し方とともにここに表示されます。

## Users

portal-users = ユーザー
portal-users-lead = このアプリケーションに許可を与えたユーザーです。アプリケーションから見える名前で表示します。
portal-users-user = ユーザー
portal-users-tenant = テナント
portal-users-scopes = 許可
portal-users-since = 開始
portal-users-changed = 最終許可
portal-users-empty = まだ許可したユーザーはいません
portal-users-empty-more = ユーザーが許可すると、ここに表示されます。

## Secrets

portal-secret-used = 最終使用
portal-secret-unused = 2 つになってから未使用
portal-secret-idle = 24 時間未使用。削除しても安全です
portal-secret-breaks = このシークレットを使っているものは直ちに動作しなくなります。
portal-secret-which = シークレット { $secret } を今すぐ無効にします。
portal-secret-end = シークレットを無効にする
portal-secret-end-title = { $app } のシークレットを無効にしますか?

## The way from a draft on

portal-review = 審査
portal-stage-draft = 下書き
portal-stage-submitted = 提出済み
portal-stage-verified = 確認済み
portal-stage-suspended = 停止中
portal-is-draft = 下書きです。開発者とテストユーザーだけが許可できます
portal-is-submitted = 提出済みです。運用者の確認後に公開されます
portal-is-open = 提出済みです。誰でも使えます
portal-is-verified = 確認済みです。誰でも使えます
portal-is-suspended = 停止中です。誰も使えず、トークンも無効です
portal-note = 運用者より: { $note }
portal-scopes-now = 要求できる許可
portal-scopes-wished = 希望する許可
portal-name-wished = 希望する名前
portal-grants-wished = 希望するトークンの取得方法
portal-kind-wished = 希望する種類
portal-auth-wished = 希望する認証方法
portal-redirects = リダイレクト URI
portal-submitted-at = 待機開始
portal-testers = テストユーザー
portal-testers-lead = 下書きの間、あなたのほかにこのユーザーが試せます。
portal-testers-names = ログイン名
portal-testers-hint = 1 行に 1 人、最大 50 人。存在の有無は表示しません。
portal-testers-save = テストユーザーを保存
portal-submit = 提出
portal-submit-title = { $app } を提出しますか?
portal-submit-means = 運用者が名前、許可、リダイレクト URI を確認します。それまで変更できません。
portal-submit-opens = 以後、誰でも使えるようになります。
portal-withdraw = 取り下げる
portal-withdraw-title = { $app } を取り下げますか?
portal-withdraw-means = 下書きに戻り、変更できるようになります。
portal-decide = 決定
portal-decide-title = 審査の決定
portal-decide-lead = 理由は開発者に表示されます。すべて監査ログに残ります。
portal-verdict = 決定
portal-approve = 承認
portal-approve-more = 要求された許可で、誰でも使えるようになります。
portal-reject = 却下
portal-reject-more = 提出済みは下書きに戻り、確認済みはそのままです。
portal-suspend = 停止
portal-suspend-more = 再開するまで誰も使えず、トークンも無効です。
portal-reinstate = 再開
portal-reinstate-more = 停止前の状態に戻します。
portal-reason = 理由
portal-reason-hint = 却下と停止では必須です。

## Try it

portal-try = 試す
portal-try-title = { $app } を試す
portal-try-lead = このアプリケーションと同じ PKCE 付き認可コードフローを、あなたをユーザーとして実行します。
portal-try-cannot = この種類のアプリケーションはここでは試せません
portal-try-cannot-more = ユーザーがログインし、シークレットまたは認証なしで動くものだけが対象です。
portal-try-register = アドレスを登録
portal-try-register-lead = ブラウザーは { $address } に戻ります。リダイレクト URI として登録が必要です。設定でいつでも削除できます。
portal-try-begin = 開始
portal-try-scopes = 要求する許可
portal-try-scopes-hint = 何も選ばない場合は、既定の権限を要求します。
portal-try-scopes-written = 1 行に 1 つ。空欄なら既定の許可です。
portal-try-over = この試行は終了しています
portal-try-over-more = 別のセッション、別のアプリケーション、または期限切れです。もう一度開始してください。
portal-try-refused = リクエストは拒否されました
portal-try-refused-more = このアプリケーションのログに直し方があります。
portal-try-redeem = コードを引き換える
portal-try-redeem-lead = コードが返ってきました。有効期間は短いので、すぐに引き換えてください。
portal-try-secret = クライアントシークレット
portal-try-secret-hint = 一度だけ使用し、保存しません。
portal-try-done = 成功しました。発行されたトークンです
portal-try-steps = リクエストと応答（秘密は省略）

## How to mend what was refused

portal-mend-redirect-uri = アプリケーションが送るとおりのリダイレクト URI を設定で登録してください。
portal-mend-redirect-slash = 末尾のスラッシュだけが違います。登録済みの URI を送るか、もう一方も登録してください。
portal-mend-redirect-case = 大文字と小文字だけが違います。リダイレクト URI はバイト単位で比較されます。
portal-mend-redirect-scheme = スキームだけが違います。http と https は別の URI です。
portal-mend-redirect-port = ポートだけが違います。登録するか、ループバックのポートが自由なネイティブアプリにしてください。
portal-mend-redirect-host = ホストだけが違います。ホストごとにリダイレクト URI が必要です。
portal-mend-redirect-query = クエリだけが違います。変わる値は state に入れてください。
portal-mend-redirect-path = パスだけが違います。登録済みのものを送るか、これも登録してください。
portal-mend-pkce = 認可リクエストに code_challenge と code_challenge_method=S256 を、コードに code_verifier を付けてください。
portal-mend-response-type = response_type=code を送ってください。
portal-mend-scope = 許可された範囲を要求するか、許可タブで追加してください。
portal-mend-resource = 存在する API を正確に指定するか、resource を省いてください。
portal-mend-disabled = アプリケーションは無効または停止中です。理由は最初のページにあります。
portal-mend-grant-type = 登録されているグラントタイプを使ってください。
portal-mend-client-auth = 登録どおりの方法で、有効なシークレットを使って認証してください。
portal-mend-code = コードは一度だけ、すぐに、同じリクエストの redirect_uri と code_verifier で引き換えてください。
portal-mend-refresh-token = 応答ごとに最新のリフレッシュトークンを保存し、拒否されたら再度認可を求めてください。
portal-mend-not-open = その人をテストユーザーに加えるか、アプリケーションを提出してください。
portal-mend-denied = リクエストに問題はありません。ユーザーが許可しなかったか、許可できませんでした。
portal-mend-silent = prompt=none を外して、ユーザーにページが表示されるようにしてください。
portal-mend-limit = Retry-After の時間だけ待ち、トークンを使い回してください。
portal-mend-proof = リクエストごとに、メソッド、アドレス、直前の nonce で新しい DPoP 証明を作ってください。
portal-mend-token = この API 用の新しいアクセストークンを取得してください。
portal-mend-permission = ユーザーの認可時にその許可を要求してください。トークンの許可は後から増えません。
portal-mend-request-object = 登録済みの鍵で、この発行者宛てに、短い有効期間で署名してください。
portal-mend-parameter = 認証情報のサンプルコードとリクエストを比べてください。
