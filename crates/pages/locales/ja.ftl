# 日本語。キーは en.ftl と同じ。名前はページが埋め込み、文章にマークアップは含めない。

foot-secured = { $realm } は grantd で保護されています
title-error = エラー:
form-expired = ページの有効期限が切れました
form-expired-more = 失われたものはありません。もう一度お試しください。

## サインイン

login-title = サインイン
login-lead = { $realm } にサインインします
login-lead-client = { $app } に進みます
login-again-title = ご本人の確認
login-again-lead = この操作には再度のサインインが必要です。パスワードをもう一度入力してください。
login-again-submit = 確認する
login-goes-on-lead = 操作の途中でセッションが終了しました。まだ何も実行されていません。サインインすると続きから再開できます。
login-username = メールアドレスまたはユーザー名
login-password = パスワード
login-show-password = パスワードを表示
login-otp = ワンタイムコード
login-otp-hint = 認証アプリに表示されるコードです。
login-submit = サインイン
login-error-credentials = 入力内容が一致しません
login-error-credentials-more = 名前とパスワード、必要な場合はワンタイムコードをご確認ください。
login-error-back = 入力欄へ移動
login-error-attempts = 試行回数が多すぎます
login-retry-seconds = { $count } 秒待ってから、もう一度お試しください。
login-retry-minutes = { $count } 分待ってから、もう一度お試しください。

## 同意

consent-page-title = { $app } を許可しますか?
consent-title = { $app } が { $tenant } に代わって操作することを求めています
consent-title-self = { $app } があなたに代わって操作することを求めています
consent-title-choose = { $app } があなたのアカウントのいずれかに代わって操作することを求めています
consent-signed-in = { $user } としてサインイン中
consent-not-you = 別の方ですか?
consent-tenant = どのアカウントに代わって操作しますか?
consent-error-tenant-missing = 先にアカウントを選んでください
consent-error-tenant-unknown = そのアカウントへのアクセス権がなくなりました。別のアカウントを選んでください。
consent-error-tenant-go = アカウントの選択へ移動
consent-permissions = このアプリができるようになること
consent-permissions-new = 新しくできるようになること
consent-permissions-none = あなたが許可したことを知る以外、何もできません。
consent-earlier = すでに許可済みの内容
consent-identity = あなたについて
consent-details = 今回の内容
detail-yes = はい
detail-no = いいえ
consent-duration = 許可する期間
consent-allow = 許可する
consent-deny = 拒否する
consent-take-back = この許可はいつでも取り消せます:
consent-connected-apps = 接続済みアプリ
consent-take-back-at = この許可は { $realm } のアカウント画面でいつでも取り消せます。

trust-verified = 確認済みの発行元
trust-verified-more = このアプリが { $domain } のものであることを { $realm } が確認しています。
trust-registered = 開発者が登録したアプリ
trust-registered-more = 開発者が { $realm } に登録したアプリです。内容は確認されていません。
trust-unverified = 未確認のアプリ
trust-unverified-host = { $name } と名乗り、{ $host } から来ています。どちらも確認されていません。ご自身で始めた操作の場合にだけ許可してください。
trust-unverified-more = { $name } と名乗っていますが、確認されていません。ご自身で始めた操作の場合にだけ許可してください。

target-label = 回答の送り先
target-loopback = このコンピューター上のプログラム
target-loopback-warning = このコンピューター上のどのプログラムも、このアプリになりすますことができます。今ご自身で起動した場合にだけ進んでください。
target-app = この端末上のアプリ。次の形式を開きます:
target-device = コードを表示した端末

permission-count = { $count } 件の権限
permission-optional = 任意
permission-search = 権限を検索
reach-group = { $resource } のすべて
reach-everything = { $realm } のすべて
reach-everything-title = フルアクセス
reach-warning = 今後追加される権限も含まれます:
reach-today = 現在の内容:

risk-read = 閲覧
risk-change = 変更
risk-delete = 削除
risk-money = 送金
risk-admin = 管理
risk-count-delete = 削除 { $count } 件
risk-count-money = 送金 { $count } 件
risk-count-admin = 管理 { $count } 件

identity-openid = あなたが誰かを確認する
identity-profile = 名前と写真を見る
identity-email = メールアドレスを見る
identity-address = 住所を見る
identity-phone = 電話番号を見る
identity-offline_access = サインインしていない間も接続を保つ

duration-until_removed = 取り消すまで
duration-30_days = 30 日間
duration-session = 今回のみ

## アプリへ戻る

carry-title-approved = アクセスを許可しました
carry-title-denied = アクセスを拒否しました
carry-title-error = うまくいきませんでした
carry-title-onward = 少々お待ちください
carry-lead = { $app } に戻ります…
carry-lead-onward = { $app } に進みます…
carry-leads-to = 移動先:
carry-continue = 続ける

interstitial-title = このアプリの要求は処理できませんでした
interstitial-lead = { $app } と名乗るアプリが、処理できない要求とともにあなたを { $realm } に案内しました。サインインは行われておらず、何も許可されていません。
interstitial-unverified = アプリは誰でも、どのような名前でも登録できます。このアプリは確認されていません。
interstitial-leads-to = 進むと移動する先
interstitial-advice = ご自身で始めた操作でない場合は、このウィンドウを閉じてください。
interstitial-go = それでも進む

barred-title-asked = リクエストを送信しました
barred-lead-asked = { $app } を { $tenant } で使えるかどうかは、{ $tenant } の管理者が決めます。許可されたら、もう一度お試しください。
barred-title-waiting = このアプリは承認待ちです
barred-lead-waiting = { $app } の利用はすでに { $tenant } の管理者に申請されていますが、まだ回答がありません。許可されたら、もう一度お試しください。
barred-title-full = このアプリには承認が必要です
barred-lead-full = { $tenant } では承認待ちのリクエストが多すぎます。{ $app } を許可するよう、{ $tenant } の管理者に直接お願いしてください。
barred-title-blocked = このアプリはブロックされています
barred-lead-blocked = { $tenant } の管理者は { $app } の利用を許可していません。何も許可されませんでした。
barred-back = アプリに戻る

## エラー

error-details = サポート向けの詳細
error-code = エラーコード
error-detail = 詳細
error-status = ステータス
error-request-id = リクエスト ID
error-request-title = このリンクは使えません
error-request = アプリから処理できない要求が届きました。あなたの操作が原因ではありません。アプリに戻ってもう一度お試しください。繰り返し起きる場合は、アプリの開発者にお知らせください。
error-client-title = 登録されていないアプリです
error-client = あなたを案内したアプリは登録されていないか、サインインに使うことが認められていません。アプリに戻るか、リンクの提供元にお問い合わせください。
error-redirect-title = 戻り先が登録されていません
error-redirect = アプリが、登録されていないアドレスへの移動を求めました。安全のため、移動は行いません。
error-denied-title = アクセスが拒否されました
error-denied = このアカウントには権限がありません。必要な場合は管理者にお問い合わせください。
error-sign-in-title = 先にサインインしてください
error-sign-in = 続けるにはサインインが必要です。アプリに戻って最初からやり直してください。
error-expired-title = ページの有効期限が切れました
error-expired = 長時間開いていたか、すでに使用されています。アプリに戻って最初からやり直してください。
error-moved-title = このページを開いている間にアプリのアドレスが変わりました
error-moved = このページを開いた後で、回答の送り先のアドレスがアプリによって変更されました。回答は使われず、何も許可されていません。続けるには、アプリに戻って最初からやり直してください。新しいアドレスが表示されます。
error-forged-title = 別の場所から送られたフォームです
error-forged = 当サイトのページから送られた回答ではないため、使用しませんでした。アプリに戻って最初からやり直してください。
error-busy-title = ただいま混み合っています
error-busy = 現在、要求が集中しています。しばらく待ってからもう一度お試しください。
error-missing-title = ページが見つかりません
error-missing = このアドレスにページはありません。
error-fault-title = こちら側で問題が発生しました
error-fault = 処理を完了できませんでした。しばらくしてからもう一度お試しください。繰り返し起きる場合は、下のリクエスト ID をサポートにお伝えください。
error-elsewhere-title = サインインできませんでした
error-elsewhere = 外部のプロバイダーに接続できなかったか、正しい応答がなかったため、サインインしていません。もう一度お試しいただくか、別の方法でサインインしてください。
error-elsewhere-refused-title = 外部のプロバイダーでサインインしていません
error-elsewhere-refused = 外部のプロバイダーでのサインインがキャンセルまたは拒否されたため、ここではサインインしていません。もう一度お試しいただくか、別の方法でサインインしてください。
error-elsewhere-unknown-title = このサインインに対応するアカウントがありません
error-elsewhere-unknown = 外部のプロバイダーでは確認できましたが、そのアカウントではここにサインインできません。別の方法でサインインするか、このサービスの運営者にお問い合わせください。
error-elsewhere-stale-title = サインインから時間がたっています
error-elsewhere-stale = この操作には直前のサインインが必要ですが、外部のプロバイダーで確認できませんでした。もう一度お試しいただくか、別の方法でサインインしてください。
error-try-again = サインインに戻る
error-unknown-title = うまくいきませんでした
error-unknown = 要求を処理できませんでした。元のページに戻ってもう一度お試しください。

## サインアウト

signed-out-title = サインアウトしました
signed-out-lead = このウィンドウを閉じてかまいません。
signed-out-frame = ほかのアプリからサインアウトしています
logout-title = サインアウトしますか?
logout-lead = { $user } としてサインインしています。
logout-lead-client = { $app } がサインアウトを求めています。{ $user } としてサインインしています。
logout-submit = サインアウト
logout-stay = サインインしたままにする

## 端末

device-title = 端末を接続する
device-lead = 端末に表示されているコードを入力してください。
device-code = コード
device-warning = 目の前の端末に表示されたコードだけを入力してください。他の人から送られたコードは決して入力しないでください。
device-check = コードを確認してください
device-check-code = 目の前の端末に { $code } と表示されている必要があります。
device-check-warning = このコードやリンクを他の人から受け取った場合は拒否してください。その人があなたのアカウントにアクセスできるようになります。
device-submit = 続ける
device-approved = 端末を接続しました
device-approved-more = 端末に戻ってください。自動的に続きます。
device-denied = 端末を接続しませんでした
device-denied-more = 何も許可されていません。このウィンドウを閉じてかまいません。
device-error-wrong_code = このコードは無効です
device-error-wrong_code-more = 入力に誤りがあるか、有効期限が切れています。端末で新しいコードを表示できます。
device-error-too_many_attempts = 試行回数が多すぎます
device-error-too_many_attempts-more = 数分待ってから、端末で新しいコードを表示してください。
device-error-back = コードの入力欄へ移動

## 発行者のトップページ

home-title = grantd は動作しています
home-running = 動作中
home-lead = { $realm } の認可サーバーです。
home-issuer = 発行者
home-metadata = メタデータ
home-development = 開発用サーバー
home-development-more = ユーザー、クライアント、鍵はすべて試用のためのものです。インターネットに公開しないでください。
home-console = コンソールを開く
home-account = アカウント: 接続済みアプリ、パスワード、サインイン中の場所
home-developers = 開発者の方へ: アプリケーションの登録と、要求が拒否された理由の確認

## サインイン後のページ

frame-skip = 本文へ移動
frame-menu = メニュー
frame-tabs = この項目のページ
frame-copy = コピー
frame-copied = コピーしました
frame-download = { $file } をダウンロード
frame-before = 変更前
frame-after = 変更後
frame-filter = 絞り込む
frame-clear = 絞り込みを解除
frame-no-hit = 該当なし
frame-no-hit-more = 条件に合うものはありません。条件を変えるか、解除してください。
frame-no-hit-next = 確認した範囲にはありません。続きは次のページにあります。
frame-pages = 一覧のページ
frame-sort = 並べ替え
frame-sorted-ascending = （昇順）
frame-sorted-descending = （降順）
frame-first = 最初のページ
frame-next = 次のページ
frame-cancel = キャンセル
frame-optional = 任意
frame-chosen = { $count } 件中 { $chosen } 件
frame-picture = 同意画面
frame-picture-title = ユーザーに表示される同意画面
frame-picture-hint = ユーザーにはこのように表示されます。表示しても保存はされません。
frame-picture-show = 選択中の内容を表示
frame-close = 閉じる
frame-covered = { $pattern } に含まれます
frame-errors = { $count ->
   *[other] { $count } 件の誤りがあります
}

## ユーザー自身のページ

account-title = アカウント
account-page-overview = 概要
account-page-apps = 接続済みアプリ
account-page-sessions = サインイン
account-page-password = パスワード
account-apps-count = { $count ->
    [0] アクセスできるアプリはありません
   *[other] { $count } 件のアプリがアクセスできます
}
account-sessions-count = { $count } か所
account-sessions-more = 以上
account-password-changed = 最終変更:
account-password-none = ここにはパスワードがありません。

account-done-app_narrowed = 保存しました。アプリができるのは、チェックが残っていることだけです。
account-done-app_ended = アクセスを削除しました。このアプリはもう何もできません。
account-done-session_ended = その場所でサインアウトしました。
account-done-password_changed = パスワードを変更しました。ほかの場所ではすべてサインアウトされました。

account-error-nothing_ticked = 何も選ばれていません
account-error-nothing_ticked-more = すべて取り消すには、アクセスを削除してください。
account-error-too_many_tokens = このアプリの持つ鍵が多すぎて、一つずつ変更できません
account-error-too_many_tokens-more = 代わりにアクセスを削除してください。アプリはもう一度許可を求められます。
account-error-wrong_password = パスワードが違います
account-error-wrong_password-more = パスワードは変更されていません。
account-error-password_short = 新しいパスワードが短すぎます
account-error-password_short-more = 長いほど安全です。自分だけの言葉をいくつか組み合わせてください。
account-error-password_long = 新しいパスワードが長すぎます
account-error-password_long-more = 1024 バイトまでです。日本語の文字は 1 文字で数バイトになります。
account-error-password_known = 新しいパスワードになっていません
account-error-password_known-more = これまでのパスワードや名前とは違うものにしてください。
account-error-passwords_differ = 新しいパスワードが一致しません
account-error-passwords_differ-more = もう一度入力してください。

apps-lead = これらのアプリは { $realm } であなたに代わって操作できます。いつでも取り消せます。
apps-none = アクセスできるアプリはありません
apps-none-more = アプリに許可を与えると、ここに表示されます。
apps-for-tenant = { $tenant } として
apps-for-you = あなた自身として
app-page-title = { $app } のアクセス
app-allowed-at = 許可した日:
app-used-at = 最終使用:
app-acts-for = 操作の対象
app-who = 発行元
app-allowed = 許可した日
app-last-done = 最後に使われた日時
app-last-done-more = ほか { $count } 件
app-last-used = 最後にアクセスを得た日
app-last-used-unknown = 最近はありません
app-ends = 終了
app-ends-with-session = サインアウトしたとき
app-permissions = このアプリができること
app-permissions-more = チェックを外すと、その許可を取り消せます。アプリの一部が動かなくなったり、もう一度許可を求められたりすることがあります。
app-narrow = 保存
app-end-title = { $app } のアクセスを削除
app-end-more = すぐに止まります。このアプリが持つ鍵はすべて無効になります。すでにコピーされたものは残ります。
app-end = アクセスを削除

sessions-title = サインイン中の場所
sessions-lead = サインインしているブラウザーです。心当たりのないものはサインアウトしてください。
session-on = { $system } の { $browser }
session-unknown = 不明な端末
session-here = このブラウザー
session-address = アドレス
session-since = サインイン:
session-end = サインアウト
sessions-more = ここに表示されていないものもあります。
sessions-all-title = すべての場所でサインアウト
sessions-all-more = このブラウザーを含むすべてが対象です。バックグラウンドで接続しているアプリも切断され、もう一度許可が必要になります。
sessions-all = すべてサインアウト

password-title = パスワードの変更
password-lead = ほかの場所ではすべてサインアウトされ、接続済みアプリは接続し直す必要があります。
password-old = 現在のパスワード
password-new = 新しいパスワード
password-hint = { $count } 文字以上。
password-again = 新しいパスワード (確認)
password-submit = パスワードを変更

paging = ページ
paging-back = 前へ
paging-on = 次へ

moment = { $year }年{ $month }月{ $day }日 { $time } UTC
month-1 = 1
month-2 = 2
month-3 = 3
month-4 = 4
month-5 = 5
month-6 = 6
month-7 = 7
month-8 = 8
month-9 = 9
month-10 = 10
month-11 = 11
month-12 = 12

## 2 段階目

otp-title = もう 1 段階あります
otp-lead = { $user } のコードを入力してください。
otp-error = コードが違います
otp-error-more = コードは 1 回だけ、約 1 分間有効です。使ったばかりの場合は次のコードをお待ちください。
otp-lost = 電話をなくした場合は、代わりに復旧コードを入力してください。

account-page-two_step = 2 段階認証
account-two-step-none = オフ。パスワードを知る人は誰でもサインインできます。
account-done-two_step_off = 2 段階認証をオフにしました。
account-error-wrong_code = コードが違います
account-error-wrong_code-more = アプリに今表示されているコードを入力してください。うまくいかない場合は電話の時計を確認してください。
two-step-title = 2 段階認証
two-step-lead = パスワードの後に、電話のアプリに表示されるコードを入力します。パスワードだけを知られてもサインインされません。
two-step-begin = 設定する
two-step-scan = 認証アプリで読み取り、表示されたコードを入力してください。
two-step-picture = 認証アプリ用の画像。下のキーと同じ内容です
two-step-secret = またはこのキーを入力
two-step-code = アプリのコード
two-step-confirm = オンにする
two-step-on = 開始:
two-step-codes-title = 復旧コード
two-step-codes-lead = 2 段階認証がオンになりました。復旧コードは自分だけがわかる場所に保管してください。表示されるのは今回だけです。
two-step-codes-more = 電話がないとき、1 つにつき 1 回サインインできます。
two-step-codes-kept = 保管しました
two-step-codes-left = { $count ->
    [0] 残りはありません。新しく作ってください。
    [one] 残り { $count } 個です。新しく作ってください。
   *[other] 残り { $count } 個です。
}
two-step-codes-new = 新しいコードを作る
two-step-off-title = オフにする
two-step-off-more = パスワードだけでサインインできるようになります。アプリのキーと復旧コードは無効になります。
two-step-off = オフにする

## パスワードを忘れた場合

login-forgot = パスワードをお忘れですか?
login-or = または
login-with = { $provider } でサインイン
reset-title = パスワードの再設定
reset-lead = メールアドレスにリンクをお送りします。リンクから新しいパスワードを設定できます。
reset-submit = リンクを送る
reset-sent = その名前のアカウントとメールアドレスがあれば、リンクをお送りしました。
reset-sent-more = 有効なのは 30 分以内に 1 回だけです。迷惑メールもご確認ください。
reset-wait = しばらく待ってから、もう一度お試しください。
reset-choose = { $user } の新しいパスワードを設定してください。すべての場所でサインアウトされます。
reset-over = このリンクはすでに使われたか、期限が切れています。
reset-again = 新しいリンクを受け取る
reset-done = パスワードを変更しました。すべての場所でサインアウトされました。
letter-reset-subject = { $realm } のパスワードの再設定
letter-reset-lead = { $realm } の { $user } について、新しいパスワードの設定が求められました。次のリンクから設定できます:
letter-reset-once = リンクは 30 分以内に 1 回だけ有効です。
letter-reset-other = お心当たりがなければ何もしないでください。パスワードは変わりません。

## パスキー

login-passkey = パスキーでサインイン
login-passkey-unused = パスキーは使われませんでした。もう一度お試しいただくか、パスワードをお使いください。
login-error-passkey = そのパスキーではサインインできませんでした
login-error-passkey-more = もう一度お試しいただくか、パスワードをお使いください。
account-page-passkeys = パスキー
account-passkeys-count = { $count ->
    [0] ありません。パスキーがあればパスワードなしでサインインできます。
    [one] パスキー { $count } 個
   *[other] パスキー { $count } 個
}
account-done-passkey_added = パスキーを追加しました。これからサインインに使えます。
account-done-passkey_renamed = 保存しました。
account-done-passkey_removed = パスキーを削除しました。もうサインインには使えません。
account-error-bad_passkey = パスキーを追加できませんでした
account-error-bad_passkey-more = 端末からの応答がこのページのものと一致しません。もう一度お試しください。
account-error-passkey_known = このパスキーはすでにあります
account-error-passkey_known-more = この端末にはこのアカウントのパスキーがすでにあります。
account-error-passkeys_full = パスキーが多すぎます
account-error-passkeys_full-more = パスキーの数が上限に達しています。追加するには 1 つ削除してください。
account-error-passkey_name = その名前は使えません
account-error-passkey_name-more = 通常の文字で短い名前を付けてください。
account-error-last_way_in = このパスキーは削除できません
account-error-last_way_in-more = パスワードが設定されていないため、このパスキーがないとサインインできません。先に別のパスキーを追加してください。
account-error-logged_in = 再度のサインインが必要でした
account-error-logged_in-more = まだ何も実行されていません。パスワードとコードを除き、入力した内容は元どおり表示されています。確認して、もう一度送信してください。
factors-elsewhere = プラットフォーム自身のアプリでサインインしています。パスワード以外の本人確認はここではなく、そのアプリで設定します。
passkeys-title = パスキー
passkeys-lead = パスキーを使うと、端末の指紋、顔認証、PIN でサインインできます。パスワードもコードも不要です。このサイトでしか使えず、誤って渡してしまうこともありません。
passkeys-none = パスキーはまだありません。
passkeys-synced = 複数の端末で同期できます。
passkeys-here = 1 台の端末にあります。
passkeys-since = 追加:
passkeys-used = 最後の使用:
passkeys-unused = まだ使われていません。
passkeys-rename = 名前を変更
passkeys-rename-submit = 保存
passkeys-remove = 削除
passkeys-confirm = 本人確認をする
passkeys-confirm-more = パスキーの追加、名前の変更、削除には、もう一度サインインが必要です。
passkeys-add-title = パスキーの追加
passkeys-needs-script = パスキーの追加には JavaScript とパスキー対応のブラウザーが必要です。
passkeys-name = 名前
passkeys-name-first = マイ パスキー
passkeys-add = パスキーを追加
passkeys-not-added = パスキーは作られませんでした。もう一度お試しいただけます。
passkeys-unavailable = このアドレスではパスキーを追加できません。

## ほかのプロバイダー

account-page-providers = サインイン プロバイダー
account-providers-count = { $count ->
    [0] なし
   *[other] { $count } 件のプロバイダー
}
account-done-link_removed = 削除しました。このプロバイダーからはもうサインインできません。
account-error-last_link = このプロバイダーは削除できません
account-error-last_link-more = パスワードもパスキーも設定されていないため、このプロバイダーがないとサインインできません。先にパスキーを追加してください。
providers-title = サインイン プロバイダー
providers-lead = このアカウントに入るために、ここ以外でサインインできる場所です。
providers-none = このアカウントにはここでのみサインインしています。
providers-since = 連携:
providers-used = 最後の使用:
providers-unused = まだ使われていません。
providers-gone = ここではもう提供されていません。
providers-remove = 削除
providers-ends = 削除すると、ほかのすべてのブラウザーでサインアウトされ、バックグラウンドで接続しているアプリはもう一度許可が必要になります。
providers-confirm-more = プロバイダーを削除するには、もう一度サインインが必要です。
